"""`wirewatch packs`: what `@name` stands for."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import UserError

if TYPE_CHECKING:
    from storage.archive import Archive

app = typer.Typer(help="Term packs: what @name stands for.", no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN_MAX = 4
_SHIPPED = "shipped"
_FROM = {"config": "file", "kept": "kept for a rule", _SHIPPED: _SHIPPED, "db": "here"}


class _Line(NamedTuple):
    """`origin` is `shipped`, or as `storage.packs` tells it."""

    name: str
    origin: str
    terms: tuple[str, ...]


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the packs that rules and searches may name."""
    from wirewatch.cli import show

    ours: Context = context.obj
    with ours.configured() as archive:
        lines = _lines(archive)
    if as_json:
        show.json_whole([line._asdict() for line in lines])
        return
    show.table(
        ["pack", "from", "terms", "such as"],
        [[f"@{line.name}", _FROM[line.origin], len(line.terms), ", ".join(line.terms[:_SHOWN_MAX])] for line in lines],
        empty="no packs",
    )


def _lines(archive: "Archive") -> list[_Line]:
    packs, own = archive.packs(), archive.own_packs()
    return [_Line(name, own[name][1] if name in own else _SHIPPED, packs[name]) for name in sorted(packs)]


@app.command()
def show(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")], as_json: AsJson = False) -> None:
    """Show every term of a pack."""
    from wirewatch.cli import show as shown
    from wirewatch.wording import meant

    ours: Context = context.obj
    asked = name.removeprefix("@").casefold()
    with ours.configured() as archive:
        lines = {line.name: line for line in _lines(archive)}
    if asked not in lines:
        raise UserError(f"there is no term pack {name!r}; {meant(asked, lines)}")
    if as_json:
        shown.json_whole(lines[asked]._asdict())
        return
    for term in lines[asked].terms:
        typer.echo(shown.plain(term))
