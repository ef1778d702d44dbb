"""The application: where the parts meet, and the only package that starts anything.

`pipeline` is the journey of a release on one page, `assemble` joins the parts, `daemon` keeps time,
`cli` and `web` are the ways in.
"""


def version() -> str:
    """The installed version; asked for when needed, since reading it costs a tenth of a second."""
    from importlib.metadata import PackageNotFoundError  # noqa: PLC0415 - see above
    from importlib.metadata import version as installed  # noqa: PLC0415 - see above

    try:
        return installed("wirewatch")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+checkout"
