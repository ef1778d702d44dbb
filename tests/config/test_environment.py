from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, Settings, load

FILE = """\
[mail]
host = "smtp.example"
from = "wirewatch@desk.example"
username = "wirewatch"
password = "from the file"

[channel.news-desk]
kind = "webhook"
url = "https://hooks.example/file"
to = ["a"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "wirewatch.toml"
    path.write_text(FILE)
    return path


def shown(settings: Settings) -> str:
    return settings.mail.password.get_secret_value() if settings.mail.password else ""


def test_a_variable_wins_over_the_file_and_reads_numbers_yes_no_and_lists(file: Path) -> None:
    settings = load(
        file,
        {
            "WIREWATCH_MAIL__PASSWORD": "12345",
            "WIREWATCH_POLLING__INTERVAL_S": "7.5",
            "WIREWATCH_POLLING__CONCURRENCY": " 3 ",
            "WIREWATCH_POLLING__ROBOTS": "off",
            "WIREWATCH_NETWORK__ALLOW": "10.0.0.0/8, news.lan",
            "WIREWATCH_MAIL__FROM": "other@desk.example",
        },
    )
    assert shown(settings) == "12345"
    assert (settings.polling.interval_s, settings.polling.concurrency, settings.polling.robots) == (7.5, 3, False)
    assert settings.network.allow == ("10.0.0.0/8", "news.lan")
    assert settings.mail.sender == "other@desk.example"


def test_a_channels_key_is_reached_though_a_variable_cannot_hold_its_name(file: Path) -> None:
    variable = "WIREWATCH_CHANNEL__NEWS_DESK__URL"
    channel = load(file, {variable: "https://hooks.example/env", "WIREWATCH_CHANNEL__NEWS_DESK__TO": "b,c"}).channels
    assert channel["news-desk"].table == {"url": "https://hooks.example/env", "to": ["b", "c"]}
    assert channel["news-desk"].from_environment["url"] == variable


def test_a_secrets_file_named_by_a_variable_wins_over_the_secret_in_the_file(file: Path) -> None:
    (file.parent / "other.secret").write_text("from another file\n")
    assert shown(load(file, {"WIREWATCH_MAIL__PASSWORD_FILE": "other.secret"})) == "from another file"


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("WIREWATCH_POLLING__INTERVAL", "5", "names no key of [polling]: interval. Did you mean interval_s?"),
        ("WIREWATCH_POLING__INTERVAL_S", "5", "names no table: poling. Did you mean polling?"),
        ("WIREWATCH_POLLING__INTERVAL_S__X", "5", "names no key of [polling]"),
        ("WIREWATCH_POLLING__INTERVAL_S", "soon", '[polling] interval_s must be a number, is a text ("soon").'),
        ("WIREWATCH_POLLING__INTERVAL_S", "0", "[polling] interval_s must be at least 1, is 0."),
        ("WIREWATCH_CHANNEL__DESK__URL", "x", "names no channel of the file: desk. Did you mean news-desk?"),
        ("WIREWATCH_SOURCE__0__URL", "x", "[[source]] is written in the file alone"),
        ("WIREWATCH_STORAGE__URL", "mysql://root:hunter2@db/x", "[storage] url must be an address that begins"),
        ("WIREWATCH_MAIL__PASSWORD_FILE", "gone.secret", "which cannot be read"),
    ],
)
def test_a_fault_in_a_variable_is_told_by_its_name(file: Path, variable: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(file, {variable: value})
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{variable}: ")
    assert told in str(problem)
    assert "hunter2" not in str(problem)


def test_variables_of_a_cluster_that_runs_us_are_none_of_ours(file: Path) -> None:
    kubernetes = {"WIREWATCH_SERVICE_HOST": "10.0.0.1", "WIREWATCH_PORT_8787_TCP_PROTO": "tcp", "OTHER__KEY": "x"}
    assert load(file, kubernetes) == load(file, {})
