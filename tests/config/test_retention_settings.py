"""How long what is kept: read from the file or from variables, and refused where it cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, Settings, load
from config.fields import DAYS_MAX


def read(folder: Path, text: str, **environ: str) -> Settings:
    file = folder / "wirewatch.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {f"WIREWATCH_RETENTION__{key.upper()}": value for key, value in environ.items()})


def test_without_a_word_about_it_everything_is_kept(tmp_path: Path) -> None:
    retention = read(tmp_path, "").retention
    assert (retention.days, retention.raw_days, retention.wires, retention.keep_alerted) == (None, None, {}, True)
    assert not retention.asks


@pytest.mark.parametrize("line", ["days = 1", f"days = {DAYS_MAX}", "raw_days = 7", "wires = { prnewswire = 30 }"])
def test_each_of_them_asks_for_something_to_go(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, f"[retention]\n{line}\n").retention.asks


def test_for_ever_is_written_as_a_word(tmp_path: Path) -> None:
    text = '[retention]\ndays = "forever"\nwires = { prnewswire = "forever" }\nkeep_alerted = false\n'
    retention = read(tmp_path, text).retention
    assert not retention.asks
    assert retention.wires == {"prnewswire": None}


def test_a_wire_of_ones_own_is_known_by_its_source(tmp_path: Path) -> None:
    source = '[[source]]\nname = "a"\nwire = "acme"\nurl = "https://acme.example/feed"\n'
    assert read(tmp_path, f"{source}[retention.wires]\nacme = 3\n").retention.wires == {"acme": 3}
    with pytest.raises(ConfigError, match=r"wirewatch\.toml:2: \[retention\] wires\.acme names a wire that nothing"):
        read(tmp_path, "[retention.wires]\nacme = 3\n")


def test_a_variable_goes_before_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, "[retention]\ndays = 5\nraw_days = 2\n", days=" 30 ", raw_days="forever")
    assert (settings.retention.days, settings.retention.raw_days) == (30, None)


@pytest.mark.parametrize("value", ["0", "-1", "3.5", "soon", ""])
def test_a_variable_that_is_no_number_of_days_is_told_by_its_name(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"^WIREWATCH_RETENTION__DAYS: .* must be whole days, from 1 to 36500"):
        read(tmp_path, "", days=value)


def test_pages_that_would_outlive_every_release_are_hardly_meant(tmp_path: Path) -> None:
    (told,) = read(tmp_path, "[retention]\ndays = 30\nraw_days = 30\nkeep_alerted = false\n").warnings
    assert str(told).endswith(":3: [retention] raw_days comes to nothing: a page goes with its release, after 30 days.")
    assert read(tmp_path, "[retention]\ndays = 30\nraw_days = 29\nkeep_alerted = false\n").warnings == ()
    assert read(tmp_path, "[retention]\ndays = 30\nraw_days = 90\n").warnings == ()  # what alerted stays longer
