"""The options by which releases are chosen: the same wherever they are."""

from typing import Annotated

import typer

Since = Annotated[str | None, typer.Option(metavar="DAY", help="Published on that day or later.")]
Until = Annotated[str | None, typer.Option(metavar="DAY", help="Published before that day.")]
Wire = Annotated[str | None, typer.Option(help="Of that wire.")]
Lang = Annotated[str | None, typer.Option(help="In that language.")]
Issuer = Annotated[str | None, typer.Option(help="Of that company: words of its name.")]
Ticker = Annotated[str | None, typer.Option(help="Of that security: ACME, or NASDAQ:ACME.")]
Kind = Annotated[str | None, typer.Option(help="release, correction, update, withdrawal …")]
Heads = Annotated[bool, typer.Option("--heads", help="Of each story only the release that stands for it.")]
