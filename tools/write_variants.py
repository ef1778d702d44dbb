"""Write news/variants.py: which Chinese characters are one character in two scripts.

The input is the library's character tables; phrases are left out, since one character must stay one
character for offsets to be exact. Run where the library is, from the checkout:

    .uv/bin/uv run --no-project --with opencc-purepy==1.5.0 python tools/write_variants.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

LIBRARY = "opencc-purepy"
OUTPUT = Path(__file__).resolve().parents[1] / "news" / "variants.py"
CHARACTERS_PER_LINE = 54

# Both of each pair are written in both scripts, but one word in traditional script is often written
# with the first where the same word in simplified script has the second: 隨著 随着, 計畫 计划, 復甦 复苏,
# 帳戶 账户, 瞭解 了解, 憑藉 凭借, 回覆 回复, 彷彿 仿佛, 祇有 只有, 併 并, 砲 炮, 姪 侄.
BOTH = ("著着", "畫划", "甦苏", "帳账", "瞭了", "藉借", "覆复", "彷仿", "祇只", "衹只", "甯宁", "幷并", "砲炮", "姪侄")
# In the tables of regional forms, but two words: 么 (what) and 幺 (one).
NOT_ONE = {"幺", "么"}

HEAD = '''"""Which Chinese characters are one character in two scripts: each traditional form, and the one kept.

Written by tools/write_variants.py from the tables TSCharacters, STCharacters, TWVariants and
HKVariants of Open Chinese Convert (Apache License 2.0, see LICENSE.Apache-2.0), as {library} {version}
(MIT) carries them, and a list of {both} pairs that the tool states. Not to be edited by hand.
"""

from __future__ import annotations

_FROM = (
{sources}
)
_TO = (
{targets}
)

VARIANTS: dict[str, str] = dict(zip(_FROM, _TO, strict=True))
'''


def rows(table: str) -> Iterator[tuple[str, list[str]]]:
    """(character, its forms, best first) for each single character of a table."""
    text = (files("opencc_purepy") / "dicts" / f"{table}.txt").read_text("utf-8")
    for line in text.splitlines():
        key, tab, forms = line.partition("\t")
        if tab and len(key) == 1:
            yield key, [form for form in forms.split() if len(form) == 1]


def variants() -> dict[str, str]:
    """Each character that counts as another, and which; that other counts as itself."""
    kept = {key: forms[0] for key, forms in rows("TSCharacters") if forms[0] != key}
    japanese = {form for _, forms in rows("JPShinjitaiCharacters") for form in forms}
    japanese |= {key for key, _ in rows("JPShinjitaiCharacters")}

    def end(char: str) -> str:
        seen = {char}
        while (following := kept.get(char)) is not None and following not in seen:
            char = following
            seen.add(char)
        return char

    def join(char: str, other: str) -> None:
        if end(char) != end(other):
            kept[end(char)] = end(other)

    for key, forms in rows("STCharacters"):
        # A second simplified form of a traditional character, and no character of its own.
        if key not in forms and key not in japanese:
            join(key, forms[0])
    for table in ("TWVariants", "HKVariants"):
        for key, forms in rows(table):
            if not NOT_ONE & {key, *forms}:
                join(forms[0], key)
    for pair in BOTH:
        join(pair[0], pair[1])
    return {char: end(char) for char in sorted(kept) if end(char) != char}


def lines(text: str) -> str:
    chunks = (text[at : at + CHARACTERS_PER_LINE] for at in range(0, len(text), CHARACTERS_PER_LINE))
    return "\n".join(f'    "{chunk}"' for chunk in chunks)


def main() -> None:
    found = variants()
    written = HEAD.format(
        library=LIBRARY,
        version=version(LIBRARY),
        both=len(BOTH),
        sources=lines("".join(found)),
        targets=lines("".join(found.values())),
    )
    OUTPUT.write_text(written, encoding="utf-8")
    sys.stdout.write(f"{OUTPUT}: {len(found)} characters\n")


if __name__ == "__main__":
    main()
