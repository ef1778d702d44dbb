"""Whose release stands for a story: wires by slug, and which of them are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, Settings, load


def read(folder: Path, text: str) -> Settings:
    file = folder / "wirewatch.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {})


def test_wires_are_trusted_in_their_order_and_none_by_itself(tmp_path: Path) -> None:
    assert read(tmp_path, "").stories.trust == ()
    source = '[[source]]\nname = "a"\nwire = "acme"\nurl = "https://acme.example/feed"\ndedupe = false\n'
    settings = read(tmp_path, f'{source}[stories]\ntrust = ["acme", "prnewswire"]\n')
    assert settings.stories.trust == ("acme", "prnewswire")
    assert [each.dedupe for each in settings.sources] == [False]


def test_a_wire_that_nobody_knows_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'knows: "prnewswir"\. Did you mean prnewswire\?'):
        read(tmp_path, '[stories]\ntrust = ["prnewswir"]\n')
