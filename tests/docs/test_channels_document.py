"""`docs/channels.md` against the program: every kind and setting is told of, and what is shown works."""

from __future__ import annotations

import io
import re
import tomllib
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.channels import CHANNELS, ChannelContext, channel_manner, open_channel
from alerts.channels.manner import MannerSettings
from alerts.delivery import WAITS_S
from config import load
from config.settings import Mail
from news.alert import Telling

TEXT = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
TABLES = {
    table["kind"]: (name, {key: value for key, value in table.items() if key != "kind"}, tomllib.loads(block))
    for block in BLOCKS
    for name, table in tomllib.loads(block)["channel"].items()
    if not MannerSettings.model_fields.keys() & table.keys()
}


@pytest.mark.parametrize("kind", CHANNELS)
def test_each_kind_has_a_section_and_an_example_that_opens(kind: str) -> None:
    assert f"\n## {kind}\n" in TEXT
    assert f"(#{kind})" in TEXT
    name, table, whole = TABLES[kind]
    filled = {
        key.removesuffix("_file"): "https://hooks.example/x" if key.endswith("_file") else value
        for key, value in table.items()
    }
    context = ChannelContext(
        archive_name="desk",
        user_agent="Wirewatch",
        now=lambda: datetime.now(UTC),
        console=io.StringIO(),
        mail=Mail.model_validate(whole.get("mail", {})),
    )
    assert open_channel(name, filled, context, kind=kind).recipients


@pytest.mark.parametrize("kind", CHANNELS)
def test_each_setting_of_a_kind_is_shown_and_no_other(kind: str) -> None:
    fields = CHANNELS[kind].settings.model_fields.items()
    known = {field.alias or name for name, field in fields}
    shown = {key.removesuffix("_file") for key in TABLES[kind][1]}
    assert shown == known


def test_the_waits_are_those_of_the_program() -> None:
    seconds, minutes, hours = [5.0], [5 * 60.0, 30 * 60.0], [each * 3_600.0 for each in (2, 5, 10, 14, 20, 24)]
    assert [*WAITS_S[1:]] == [*seconds, *minutes, *hours]
    assert "after 5 seconds, 5 and 30 minutes, 2, 5, 10,\n14, 20 and 24 hours" in TEXT


def test_what_is_said_of_when_is_read_and_every_key_is_told_of(tmp_path: Path) -> None:
    [block] = [block for block in BLOCKS if "[[rule]]" in block]
    (tmp_path / "wirewatch.toml").write_text(block, encoding="utf-8")
    settings = load(tmp_path / "wirewatch.toml", {})
    assert [rule.telling.changed() for rule in settings.rules] == [
        {"digest": "daily@08:00"},
        {"at_most_hourly": 20, "urgent": True},
    ]
    hours = channel_manner("night-desk", settings.channels["night-desk"].table, kind="email").hours
    assert (str(hours.zone), len(hours.quiet)) == ("Europe/Berlin", 2)
    for key in (*MannerSettings.model_fields, *(field.name for field in fields(Telling))):
        assert f"| `{key}` |" in TEXT
