"""The example file is documentation that is run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from config import Settings, load
from config.example import example_text
from config.schema import FILE_SECRETS, LISTS, TABLES, TOP_LEVEL, WITHIN, keys_of

# Shown with a value that says more than their default of nothing would.
ILLUSTRATED = {
    "interval_s",
    "objective_s",
    "allow",
    "trust",
    "proxy",
    "public_url",
    "host",
    "username",
    "from",
    "password",
    "name",
    "wire",
    "url",
    "query",
    "websub",
}
ILLUSTRATED |= {"digest", "at_most_hourly", "days", "raw_days", "wires", "listing", "sitemap", "other_feeds", "fields"}


def uncommented() -> str:
    """The example with every setting that is commented out put into force."""
    return re.sub(r"^# (?=\[|\w+ = )", "", example_text(), flags=re.MULTILINE)


def written(tmp_path: Path, text: str) -> Path:
    for secret in ("smtp.secret", "newsroom.secret"):
        (tmp_path / secret).write_text("hunter2\n")
        (tmp_path / secret).chmod(0o600)
    file = tmp_path / "wirewatch.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_loads_without_a_warning_and_says_what_init_promises(tmp_path: Path) -> None:
    settings = load(written(tmp_path, example_text()), {})
    assert settings.warnings == ()
    assert [source.use for source in settings.sources] == ["prnewswire/all"]
    assert [rule.query for rule in settings.rules] == ["chongqing", '"blade battery"']
    assert {channel.kind for channel in settings.channels.values()} == {"console"}


def test_what_is_commented_out_is_right_too(tmp_path: Path) -> None:
    settings = load(written(tmp_path, uncommented()), {})
    assert settings.mail.password is not None
    assert settings.mail.password.get_secret_value() == "hunter2"
    assert {channel.kind for channel in settings.channels.values()} == {"console", "email", "webhook", "slack"}


def test_every_table_is_in_the_example() -> None:
    assert set(TOP_LEVEL) == set(tomllib.loads(uncommented()))
    assert {field.alias or name for name, field in Settings.model_fields.items() if not field.exclude} == set(TOP_LEVEL)


def tables_in_example(table: str) -> list[dict[str, Any]]:
    tables = tomllib.loads(uncommented())[table]
    return tables if isinstance(tables, list) else [tables]


@pytest.mark.parametrize("table", [*TABLES, *LISTS])
def test_every_setting_is_in_the_example(table: str) -> None:
    shown = {key.removesuffix("_file") for shown in tables_in_example(table) for key in shown}
    assert shown == set(keys_of(table))


@pytest.mark.parametrize(("table", "key"), [(table, key) for table, keys in FILE_SECRETS.items() for key in keys])
def test_every_secret_that_may_lie_in_a_file_is_said_to(table: str, key: str) -> None:
    assert f"{key}_file" in example_text()


@pytest.mark.parametrize(("above", "table"), WITHIN)
def test_what_stands_within_an_entry_is_in_the_example_whole(above: str, table: str) -> None:
    entries = [told[table] for told in tables_in_example(above)]
    shown = {key for told in entries for one in (told if isinstance(told, list) else [told]) for key in one}
    assert shown == {field.alias or name for name, field in WITHIN[above, table].model_fields.items()}


# Of a wire nothing but its layout is a setting; the example shows an invented one.
@pytest.mark.parametrize(("table", "model"), [*TABLES.items(), *(item for item in LISTS.items() if item[0] != "wire")])
def test_the_defaults_shown_are_the_defaults(table: str, model: type[BaseModel]) -> None:
    shown = {key: value for shown in reversed(tables_in_example(table)) for key, value in shown.items()}
    for key, name in keys_of(table).items():
        field = model.model_fields[name]
        if key in ILLUSTRATED and field.default in {None, (), PydanticUndefined}:
            continue
        if (table, key) == ("storage", "url"):
            assert shown[key] == field.default.get_secret_value()
        elif key not in {"use", "to"}:
            assert shown[key] == field.default, key
