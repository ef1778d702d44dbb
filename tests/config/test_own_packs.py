"""[pack] of the file: the user's own term packs, checked when the file is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import ConfigError, Settings, load
from news.query.packs import OWN_MAX, PACKS, VARIANTS_MAX
from news.query.phrases import PHRASE_CHARS_MAX

CONSOLE = '[channel.c]\nkind = "console"\n'


def loaded(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "wirewatch.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {})


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    return str(caught.value)


def test_packs_are_read_with_their_names_folded_and_each_variant_once(tmp_path: Path) -> None:
    settings = loaded(tmp_path, '[pack]\nEV-Makers = ["Acme  Motors", "艾克米", "Acme Motors"]\n"电池" = ["电池"]\n')
    assert settings.packs == {"ev-makers": ("Acme Motors", "艾克米"), "电池": ("电池",)}
    assert settings.warnings == ()


def test_rules_of_the_file_may_name_them(tmp_path: Path) -> None:
    rule = '[[rule]]\nname = "r"\nto = ["c"]\nquery = "@ev-makers -@Chongqing"\n'
    settings = loaded(tmp_path, f'[pack]\nev-makers = ["Acme"]\n{rule}{CONSOLE}')
    assert settings.rules[0].query == "@ev-makers -@Chongqing"
    said = refusal(tmp_path, f'[pack]\nev-makers = ["Acme"]\n{rule.replace("makers", "maker")}{CONSOLE}')
    assert "there is no term pack @ev-maker. Did you mean @ev-makers?" in said


def test_the_name_of_a_shipped_pack_may_be_taken_and_is_warned_of(tmp_path: Path) -> None:
    assert "chongqing" in PACKS
    settings = loaded(tmp_path, '[pack]\nChongqing = ["Chongqing", "山城"]\n')
    assert settings.packs == {"chongqing": ("Chongqing", "山城")}
    [warning] = settings.warnings
    assert warning.line == 2
    assert str(warning).endswith("[pack] Chongqing takes the place of the shipped pack @chongqing.")


@pytest.mark.parametrize(
    ("pack", "line", "said"),
    [
        ('p = ["x"' + ', "x"' * VARIANTS_MAX + "]", 2, f"must hold 1 to {VARIANTS_MAX} words and phrases, not 201"),
        (f'p = ["a", "{"x" * (PHRASE_CHARS_MAX + 1)}"]', 2, "more than 500 characters"),
        ("\n".join(f'p{n} = ["x"]' for n in range(OWN_MAX + 1)), OWN_MAX + 2, "one pack too many: there may be 200"),
        ('p = [\n  "fine",\n  "a AND b",\n]', 4, '"a AND b", which is a query'),
        ('p = ["NEAR/5 x"]', 2, "which is a query"),
        ('p = ["@chongqing"]', 2, "which is a query"),
        ('"-p" = ["x"]', 2, "is no name for a pack"),
        (f'{"p" * 65} = ["x"]', 2, "is no name for a pack"),
    ],
)
def test_what_cannot_be_a_pack_is_told_by_its_line(tmp_path: Path, pack: str, line: int, said: str) -> None:
    told = refusal(tmp_path, f"[pack]\n{pack}\n")
    assert told.startswith(f"{tmp_path}/wirewatch.toml:{line}: ")
    assert said in told
    assert "\n" not in told


def test_packs_are_as_large_as_the_limits_say(tmp_path: Path) -> None:
    one = json.dumps([f"x{n}" for n in range(VARIANTS_MAX)])
    settings = loaded(tmp_path, "[pack]\n" + "\n".join(f"p{n} = {one}" for n in range(OWN_MAX)))
    assert {len(terms) for terms in settings.packs.values()} == {VARIANTS_MAX}
    assert len(settings.packs) == OWN_MAX


def test_a_pack_is_no_matter_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "wirewatch.toml"
    file.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[pack\] is written in the file alone"):
        load(file, {"WIREWATCH_PACK__RIVALS": "Acme"})
