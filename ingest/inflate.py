"""Decompression under a byte limit. Pure."""

from __future__ import annotations

import zlib
from enum import StrEnum

MEMBERS_MAX = 1_000
"""Gzip members in one body: beyond it somebody is buying our time with empty ones."""

_ZLIB_HEADER_BYTES = 2


class Fault(StrEnum):
    """Why a body cannot be had whole."""

    TOO_LARGE = "too-large"
    BOMB = "bomb"
    BAD_ENCODING = "bad-encoding"
    TRUNCATED = "truncated"


class BodyFault(Exception):  # noqa: N818 (a fault of the body, not an error of ours)
    """Carries the fault out of the reading loop; never leaves the fetcher."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Body:
    """Collects a body chunk by chunk and never holds more than `bytes_max` of it.

    `coding` is the Content-Encoding: empty, `identity`, `gzip`, `x-gzip` or `deflate`, nothing
    else, since nothing else was asked for. A compressed body that passes the limit at more than
    `bomb_ratio` bytes for one is called a bomb.

    Raises:
        BodyFault: from every method and the constructor, with the reason.
    """

    def __init__(self, coding: str, *, bytes_max: int, bomb_ratio: int) -> None:
        self._bytes_max = bytes_max
        self._bomb_ratio = bomb_ratio
        self._coding = {"": "identity", "x-gzip": "gzip"}.get(coding, coding)
        if self._coding not in ("identity", "gzip", "deflate"):
            raise BodyFault(Fault.BAD_ENCODING)
        self._raw_count = 0
        self._members = 0
        self._inflater = None if self._coding == "identity" else self._fresh()
        # `deflate` means zlib's format (RFC 9110), yet some servers send it bare: the first bytes tell.
        self._head: bytes | None = b"" if self._coding == "deflate" else None
        self._data = bytearray()

    @property
    def data(self) -> bytes:
        """What was collected so far."""
        return bytes(self._data)

    def feed(self, chunk: bytes) -> None:
        self._raw_count += len(chunk)
        if self._raw_count > self._bytes_max:
            if self._inflater is None:
                self._data += chunk[: self._bytes_max - len(self._data)]
            raise BodyFault(Fault.TOO_LARGE)
        if self._inflater is None:
            self._data += chunk
            return
        try:
            self._inflate(chunk)
        except zlib.error:
            raise BodyFault(Fault.BAD_ENCODING) from None

    def close(self) -> bytes:
        """The whole body, after the last chunk."""
        if self._inflater is not None and self._raw_count and not self._inflater.eof:
            raise BodyFault(Fault.TRUNCATED)
        return self.data

    def _inflate(self, chunk: bytes) -> None:
        if self._head is not None:
            self._head += chunk
            if len(self._head) < _ZLIB_HEADER_BYTES:
                return
            chunk, self._head = self._head, None
            if not _has_zlib_header(chunk):
                self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        while chunk:
            if self._inflater is None or self._inflater.eof:
                # A gzip body may be several members in a row; zeros after the last are padding.
                if self._coding != "gzip" or not chunk.strip(b"\0"):
                    return
                self._inflater = self._fresh()
            self._data += self._inflater.decompress(chunk, self._bytes_max - len(self._data) + 1)
            if len(self._data) > self._bytes_max:
                del self._data[self._bytes_max :]
                raise BodyFault(self._excess(self._raw_count - len(self._inflater.unconsumed_tail)))
            chunk = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _excess(self, raw_used: int) -> Fault:
        ratio = self._bytes_max / max(raw_used, 1)
        return Fault.BOMB if ratio > self._bomb_ratio else Fault.TOO_LARGE

    def _fresh(self) -> zlib._Decompress:
        self._members += 1
        if self._members > MEMBERS_MAX:
            raise BodyFault(Fault.BAD_ENCODING)
        return zlib.decompressobj(zlib.MAX_WBITS | 16 if self._coding == "gzip" else zlib.MAX_WBITS)


def _has_zlib_header(chunk: bytes) -> bool:
    """Whether the first two bytes are those of RFC 1950: method 8, and a sum divisible by 31."""
    return chunk[0] & 0x0F == 8 and int.from_bytes(chunk[:_ZLIB_HEADER_BYTES]) % 31 == 0  # noqa: PLR2004 (RFC 1950)
