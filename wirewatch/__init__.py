"""The application: where the parts meet, and the only package that starts anything.

`pipeline` is the journey of a release on one page, `assemble` joins the parts, `daemon` keeps time,
`cli` and `web` are the ways in.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("wirewatch")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+checkout"
