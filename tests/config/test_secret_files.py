from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, load
from config.secret_files import SECRET_BYTES_MAX, SecretError, options

FILE = """\
[storage]
url_file = "secrets/db"

[network]
proxy_file = "secrets/proxy"

[channel.desk]
kind = "webhook"
url = "https://hooks.example/plain"
secret_file = "secrets/desk"
"""


CONTENTS = {
    "db": b"postgresql://u:hunter2@db/x\n",
    "proxy": b"http://u:hunter2@proxy:3128\r\n",
    "desk": b"whsec_h2\n\n",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    contents = {
        "db": "postgresql://u:hunter2@db/x\n",
        "proxy": "http://u:hunter2@proxy:3128\r\n",
        "desk": "whsec_h2\n\n",
    }
    for name, text in contents.items():
        (tmp_path / "secrets" / name).write_bytes(text.encode())
        (tmp_path / "secrets" / name).chmod(0o600)
    path = tmp_path / "wirewatch.toml"
    path.write_text(FILE)
    return path


def test_a_file_fills_its_key_without_the_last_line_end(file: Path) -> None:
    settings = load(file, {})
    assert settings.storage.url.get_secret_value() == "postgresql://u:hunter2@db/x"
    assert settings.network.proxy is not None
    assert settings.network.proxy.get_secret_value() == "http://u:hunter2@proxy:3128"
    assert settings.warnings == ()


def test_a_channel_keeps_the_path_and_gives_the_secret_when_asked(file: Path) -> None:
    channel = load(file, {}).channels["desk"]
    assert channel.table["secret_file"] == str(file.parent / "secrets" / "desk")
    assert options(channel) == {"url": "https://hooks.example/plain", "secret": "whsec_h2\n"}


def test_no_secret_shows_in_a_repr(file: Path) -> None:
    settings = load(file, {"WIREWATCH_MAIL__USERNAME": "u", "WIREWATCH_MAIL__PASSWORD": "hunter2"})
    shown = repr(settings) + str(settings) + repr(settings.channels) + str(settings.model_dump(exclude={"channels"}))
    assert "hunter2" not in shown
    assert "whsec" not in shown
    assert "hooks.example" not in shown


def test_a_file_that_everyone_may_read_is_a_warning(file: Path) -> None:
    (file.parent / "secrets" / "desk").chmod(0o644)
    (warning,) = load(file, {}).warnings
    assert warning.line == 10
    assert "everyone on this machine may read" in str(warning)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "not UTF-8"), (b"x" * (SECRET_BYTES_MAX + 1), "too large")],
)
def test_what_cannot_be_a_secret_is_refused(file: Path, content: bytes, told: str) -> None:
    (file.parent / "secrets" / "db").write_bytes(content)
    with pytest.raises(ConfigError, match=told) as caught:
        load(file, {})
    assert caught.value.problems[0].line == 2


def test_a_secret_gone_since_the_start_is_said(file: Path) -> None:
    channel = load(file, {}).channels["desk"]
    (file.parent / "secrets" / "desk").unlink()
    with pytest.raises(SecretError, match="cannot be read: No such file"):
        options(channel)
