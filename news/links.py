"""Addresses of releases: one spelling to store, one key to recognise, and what trackers hide. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, parse_qsl, unquote_plus, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

URL_CHARS_MAX = 2_000

_SCHEMES = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING_NAME = re.compile(
    r"utm_\w+|mtm_\w+|pk_(?:campaign|kwd|source|medium)|at_(?:medium|campaign)|_hs(?:enc|mi)|mc_[ce]id"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mkt_tok|s_cid|cmpid|_gl",
    re.IGNORECASE,
)
# `tc` alone may mean anything; with an e-mail campaign for a value it says where the reader came from.
_TRACKING_PAIR = re.compile(r"tc=eml\w*", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b\u2028\u2029\ufeff]+")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

# Most addresses of releases are in their one spelling already: nothing to decode, to strip or to resolve.
_SEGMENT = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+"
_PLAIN = re.compile(rf"https?://[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*\.[a-z]+/(?:{_SEGMENT}(?:/{_SEGMENT})*/?)?")

_TRACKER_PATH = re.compile(r"(?:/c/link|/ct/ct|/(?:click|redirect|redir|track|tracker|ls/click))/?", re.IGNORECASE)
_HIDDEN_IN = ("u", "url")
_NESTED_MAX = 4


def canonical_url(url: str, base: str | None = None) -> str | None:
    """The one spelling of an address; None where it is no http(s) address of at most 2,000 characters.

    Lower-case host in ASCII, no default port, user name, fragment or tracking parameter; dots
    resolved, escapes in one form, what must be escaped escaped. The other parameters keep their
    order. `base` is where a relative address was found. Applying it twice changes nothing.
    """
    if len(url) <= URL_CHARS_MAX and _PLAIN.fullmatch(url):
        return url
    text = _stripped(url)
    if len(text) > URL_CHARS_MAX:
        return None
    try:
        parts = urlsplit(safe_url_string(urljoin(_stripped(base), text) if base else text))
        netloc = _netloc(parts)
    except ValueError:
        return None
    if netloc is None:
        return None
    path = _without_dots(_escaped(parts.path)) or "/"
    clean = urlunsplit((parts.scheme, netloc, path, _query(parts.query), ""))
    return clean if len(clean) <= URL_CHARS_MAX else None


def url_key(url: str) -> str:
    """What two addresses of one page have in common: no scheme, `www.`, trailing slash or doubled slashes.

    Takes any address, canonical or not; what is no address is its own key. A key is for comparing
    and is itself no address.
    """
    canonical = canonical_url(url)
    if canonical is None:
        return url.strip()
    parts = urlsplit(canonical)
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    host = parts.netloc.removeprefix("www.")
    return f"{host}{path}?{parts.query}" if parts.query else f"{host}{path}"


def unwrap(url: str, *, hosts: Collection[str] = ()) -> str:
    """The address that a tracker's link leads to, through at most four trackers; else `url` itself.

    A tracker is known by shape: a click-counting path and a parameter `u` or `url` that holds an
    absolute address. On the `hosts` named by the caller any path counts. A link to a share button
    or a login page, which also carry addresses, is none.
    """
    for _ in range(_NESTED_MAX):
        hidden = _hidden(url, hosts)
        if hidden is None:
            return url
        url = hidden
    return url


def _hidden(url: str, hosts: Collection[str]) -> str | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        pairs = parse_qsl(parts.query, max_num_fields=100)
    except ValueError:
        return None
    if host not in hosts and not _TRACKER_PATH.fullmatch(parts.path):
        return None
    for name, value in pairs:
        if name.lower() in _HIDDEN_IN:
            # Some trackers escape once more than the form of a query asks for.
            plain = value if "://" in value[:10] else unquote_plus(value)
            if plain.lower().startswith(("http://", "https://")) and _host_of(plain):
                return plain
    return None


def _host_of(url: str) -> str | None:
    """The lower-case host of an address, None where there is none or the address is malformed."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _stripped(text: str) -> str:
    """Without the blanks and invisible characters that copying leaves around and inside addresses.

    A blank inside stays one blank, which is then escaped; line ends and tabs go, as in browsers.
    """
    text = re.sub(r"[\t\r\n]+", "", text)
    return _UNSEEN.sub(" ", text).strip()


def _netloc(parts: SplitResult) -> str | None:
    if parts.scheme not in _SCHEMES:
        return None
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if not _HOST.fullmatch(host) or ".." in host:
        return None
    port = parts.port
    return host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"


def _query(query: str) -> str:
    kept = [pair for pair in query.split("&") if pair and not _is_tracking(pair)]
    return "&".join(_escaped(pair) for pair in kept)


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0]
    return _TRACKING_NAME.fullmatch(name) is not None or _TRACKING_PAIR.fullmatch(pair) is not None


def _escaped(text: str) -> str:
    """Escapes in upper case, and none for characters that need none (RFC 3986, 6.2.2)."""
    return _ESCAPE.sub(_one_form, text)


def _one_form(escape: re.Match[str]) -> str:
    char = chr(int(escape.group(1), 16))
    return char if char in _UNRESERVED else escape.group(0).upper()


def _without_dots(path: str) -> str:
    """`.` and `..` resolved (RFC 3986, 5.2.4)."""
    if "." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)
