"""Every key has a line, and it is the right one, whatever way the file is written."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.locate import KeyPath, lines_of

EVERY_SHAPE = '''\
a.b = 1
[x]  # [not.this]
y = """
[no]
z = 1"""
q = [1,
  # ] }
  {a = 1, b.c = [2,
    3]}, "]",
  ]
[[s]]
n = 1
[s.sub]
k = 1979-05-27 07:32:00
[[s]]
n = 'x # y'
"q.q".r = true
[[s.t]]
u = """four quotes at the end""""
[[s.t]]
'v w' = -1.5e3
'''


def test_tables_lists_inline_tables_dotted_keys_and_long_texts() -> None:
    assert lines_of(EVERY_SHAPE) == {
        ("a",): 1,
        ("a", "b"): 1,
        ("x",): 2,
        ("x", "y"): 3,
        ("x", "q"): 6,
        ("x", "q", 0): 6,
        ("x", "q", 1): 8,
        ("x", "q", 1, "a"): 8,
        ("x", "q", 1, "b"): 8,
        ("x", "q", 1, "b", "c"): 8,
        ("x", "q", 1, "b", "c", 0): 8,
        ("x", "q", 1, "b", "c", 1): 9,
        ("x", "q", 2): 9,
        ("s",): 11,
        ("s", 0): 11,
        ("s", 0, "n"): 12,
        ("s", 0, "sub"): 13,
        ("s", 0, "sub", "k"): 14,
        ("s", 1): 15,
        ("s", 1, "n"): 16,
        ("s", 1, "q.q"): 17,
        ("s", 1, "q.q", "r"): 17,
        ("s", 1, "t"): 18,
        ("s", 1, "t", 0): 18,
        ("s", 1, "t", 0, "u"): 19,
        ("s", 1, "t", 1): 20,
        ("s", 1, "t", 1, "v w"): 21,
    }


def test_line_ends_of_windows_count_once() -> None:
    assert lines_of("a = 1\r\n\r\nb = '''\r\n'''\r\nc = 2\r\n") == {("a",): 1, ("b",): 3, ("c",): 5}


# ── Any document ─────────────────────────────────────────────────────────────────────────────────
# A tree is drawn and written down in a drawn style. Each leaf is written with a number that stands
# nowhere else, so that the text itself tells on which line the leaf is.

KEYS = st.text(alphabet="ab-_ é.#]\"'", min_size=1, max_size=3)
LEAVES = st.sampled_from(["{}", '"# [a] {} ="', '\'{} """ ]\'', '"""{}\n[a]\nb = "c" """', "'''{}\n}}]'''"])
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


class Writer:
    """A tree as TOML, in a style that `draw` decides place by place."""

    def __init__(self, draw: st.DataObject) -> None:
        self.draw = draw
        self.marks: dict[KeyPath, str] = {}
        self.text = ""

    def flip(self) -> bool:
        return self.draw.draw(st.booleans())

    def key(self, name: str) -> str:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return name if name.replace("-", "").replace("_", "").isascii() and name.isalnum() else f'"{escaped}"'

    def value(self, path: KeyPath, node: Any) -> str:
        match node:
            case str():
                self.marks[path] = str(1_000_000 + len(self.marks))
                return node.format(self.marks[path])
            case list():
                gap = "\n  # ] ,\n" if self.flip() else " "
                items = [self.value((*path, index), item) for index, item in enumerate(node)]
                return f"[{gap}{f',{gap}'.join(items)}{gap}]"
            case _:
                pairs = [f"{self.key(key)} = {self.value((*path, key), item)}" for key, item in node.items()]
                return "{ " + ", ".join(pairs) + " }"

    def table(self, path: KeyPath, header: str, node: dict[str, Any]) -> None:
        """The pairs first, then what gets a header of its own."""
        below: dict[str, Any] = {}
        for key, item in node.items():
            tables = isinstance(item, dict) or (isinstance(item, list) and item and all(type(i) is dict for i in item))
            if tables and self.flip():
                below[key] = item
            else:
                self.text += f"{self.key(key)} = {self.value((*path, key), item)} # c\n"
        for key, item in below.items():
            name = f"{header} . {self.key(key)}" if header else self.key(key)
            if isinstance(item, dict):
                self.text += f"\n[{name}]\n"
                self.table((*path, key), name, item)
                continue
            for index, element in enumerate(item):
                self.text += f"\n  [[ {name} ]]  # [a]\n"
                self.table((*path, key, index), name, element)


def paths_of(path: KeyPath, node: Any) -> set[KeyPath]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return {path} | {found for key, item in items for found in paths_of((*path, key), item)}


@settings(max_examples=150)
@given(tree=TREES, data=st.data())
def test_every_key_of_any_document_is_found_on_its_line(tree: dict[str, Any], data: st.DataObject) -> None:
    writer = Writer(data)
    writer.table((), "", tree)
    lines = lines_of(writer.text)
    assert set(lines) == paths_of((), tomllib.loads(writer.text)) - {()}
    for path, mark in writer.marks.items():
        assert lines[path] == writer.text[: writer.text.index(mark)].count("\n") + 1
