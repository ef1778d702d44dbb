"""What the document says of described wires is what the catalogue says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from config import catalogue
from config.newsrooms import Layout, Newsroom, Rows

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("wires*.md")))
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def test_every_described_wire_is_listed_with_its_state() -> None:
    told = dict(re.findall(r"^\|[^|]+\| `([a-z0-9-]+)` \| (proved|unproved|blocked) \|", TEXT, re.MULTILINE))
    states = catalogue.states()
    described = {wire.slug for wire in (*catalogue.newsrooms(), *catalogue.platforms())}
    assert {slug: told.get(slug) for slug in described} == {slug: states[slug].value for slug in described}
    proved, unproved = (NUMBERS[[told[slug] for slug in described].count(word)] for word in ("proved", "unproved"))
    assert f"Of the described wires and platforms {proved} is proved and {unproved} are unproved." in TEXT


def test_the_example_is_right_and_every_key_is_told_of() -> None:
    [example] = [block for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if "[[wire.layout]]" in block]
    [told] = tomllib.loads(example)["wire"]
    assert Newsroom.model_validate(told).listing is not None
    for model in (Newsroom, Layout, Rows):
        for name, field in model.model_fields.items():
            key = field.alias or name
            assert f"`{key}`" in TEXT or f"[wire.{key}]" in TEXT, key
