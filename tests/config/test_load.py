from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config import ConfigError, Problem, Settings, config_path, load
from config.document import FILE_BYTES_MAX
from news.source import SourceKind


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's folders and the working directory are empty ones."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home" / name))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def write(folder: Path, text: str) -> Path:
    file = folder / "wirewatch.toml"
    file.write_text(text, encoding="utf-8")
    return file


def database(settings: Settings) -> str:
    return settings.storage.url.get_secret_value()


def test_without_a_file_the_defaults_hold_and_the_database_is_the_users() -> None:
    settings = load(None, {})
    assert settings.path is None
    assert settings.sources == settings.rules == ()
    assert settings.channels == {}
    assert database(settings) == f"sqlite:///{platformdirs.user_data_path('wirewatch', appauthor=False)}/wirewatch.db"


def test_an_empty_file_means_the_defaults_and_a_database_beside_it(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""), {})
    assert database(settings) == f"sqlite:///{tmp_path}/wirewatch.db"
    assert (settings.polling.interval_s, settings.polling.budget_s) == (None, 120)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///news.db", "sqlite:///{folder}/news.db"),
        ("sqlite:///data/news.db?timeout=5", "sqlite:///{folder}/data/news.db?timeout=5"),
        ("sqlite:////var/lib/news.db", "sqlite:////var/lib/news.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://me:pw@db/news", "postgresql://me:pw@db/news"),
    ],
)
def test_a_relative_database_path_is_relative_to_the_file(tmp_path: Path, written: str, meant: str) -> None:
    file = write(tmp_path, f'[storage]\nurl = "{written}"\n')
    assert database(load(Path(os.path.relpath(file)), {})) == meant.format(folder=tmp_path)


def test_the_file_named_comes_before_the_variable_and_that_before_the_usual_places(tmp_path: Path) -> None:
    usual = write(Path.cwd(), "")
    assert config_path(Path("a.toml"), {"WIREWATCH_CONFIG": "b.toml"}) == Path("a.toml")
    assert config_path(None, {"WIREWATCH_CONFIG": "b.toml"}) == Path("b.toml")
    assert config_path(None, {}) == Path(usual.name)
    usual.unlink()
    assert config_path(None, {}) is None
    in_home = platformdirs.user_config_path("wirewatch", appauthor=False)
    in_home.mkdir(parents=True)
    assert config_path(None, {}) is None
    assert config_path(None, {}) != write(in_home, "")
    assert config_path(None, {}) == in_home / "wirewatch.toml"


def test_a_named_file_that_is_not_there_is_told_with_what_to_do() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: there is no such file\. `wirewatch init` writes one"):
        load(None, {"WIREWATCH_CONFIG": "nowhere.toml"})


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="larger than"):
        load(write(tmp_path, "#" * (FILE_BYTES_MAX + 1)), {})


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert load(write(tmp_path, "\ufeff[web]\nport = 1\n"), {}).web.port == 1


def test_a_source_takes_from_the_catalogue_what_it_leaves_out(tmp_path: Path) -> None:
    text = (
        '[[source]]\nuse = "prnewswire/listing"\n[[source]]\nuse = "prnewswire/all"\nname = "mine"\nalert_seed = true\n'
    )
    listing, mine = load(write(tmp_path, text), {}).sources
    assert (listing.name, listing.wire, listing.kind) == ("prnewswire/listing", "prnewswire", SourceKind.LISTING)
    assert (mine.name, mine.kind, mine.alert_seed) == ("mine", SourceKind.FEED, True)


@pytest.mark.parametrize(
    ("polling", "source", "interval_s"),
    [
        ("", "", None),
        ("interval_s = 600", "", 600),
        ("interval_s = 600", "interval_s = 5", 5),
        ("", "interval_s = 5", 5),
    ],
)
def test_what_is_written_goes_before_the_catalogue(
    tmp_path: Path, polling: str, source: str, interval_s: float | None
) -> None:
    text = f'[polling]\n{polling}\n[[source]]\nuse = "prnewswire/all"\n{source}\n'
    assert load(write(tmp_path, text), {}).sources[0].interval_s == interval_s


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""), {})
    with pytest.raises(ValidationError, match="frozen"):
        settings.web.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ('[[rule]]\nname = "a"\nquery = "b"\n', "names no channel: its alerts are kept and sent to nobody"),
        ('[[source]]\nuse = "businesswire/home"\n', "closed to readers like us"),
        ('[[source]]\nname = "a"\nwire = "prnewswir"\nurl = "https://a.example/"\n', "Did you mean prnewswire?"),
    ],
)
def test_what_runs_but_is_hardly_meant_is_a_warning(tmp_path: Path, text: str, warning: str) -> None:
    (told,) = load(write(tmp_path, text), {}).warnings
    assert warning in str(told)


def test_every_fault_is_told_at_once_in_file_order_and_then_those_of_variables(tmp_path: Path) -> None:
    file = write(tmp_path, '[web]\nport = "x"\n[log]\nlevle = "info"\n[[rule]]\nname = "r"\nquery = "a"\nto = ["x"]\n')
    with pytest.raises(ConfigError) as caught:
        load(file, {"WIREWATCH_LOG__LEVEL": "loud"})
    assert [problem.line for problem in caught.value.problems] == [2, 4, 8, None]


def faults(file: Path) -> tuple[Problem, ...]:
    """What is told of a file; whatever else happens is raised."""
    try:
        load(file, {})
    except ConfigError as err:
        return err.problems
    return ()


@given(text=st.text(alphabet="[]{}\"=.,#\n ab1'\\", max_size=60))
def test_no_text_is_anything_but_settings_or_a_told_fault(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = write(tmp_path_factory.mktemp("any"), text)
    assert all(str(problem).startswith(str(file)) for problem in faults(file))


TABLE_NAMES = st.sampled_from(["storage", "polling", "network", "mail", "source", "rule", "channel", "web", "other"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "url", "use", "to", "query", "kind", "x_file", "a"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def as_toml(value: object) -> str:
    match value:
        case None:
            return "1979-05-27"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return '"' + "".join(f"\\U{ord(char):08X}" for char in value) + '"'
        case list():
            return "[" + ", ".join(map(as_toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{key} = {as_toml(item)}" for key, item in value.items()) + "}"
    raise TypeError(type(value))


@given(tree=st.dictionaries(TABLE_NAMES, TREES, max_size=4))
def test_no_shape_is_anything_but_settings_or_a_told_fault(
    tree: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "".join(f"{key} = {as_toml(value)}\n" for key, value in tree.items())
    told = faults(write(tmp_path_factory.mktemp("any"), text))
    assert all(problem.line is not None for problem in told)
