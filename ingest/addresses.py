"""Which addresses a fetch may connect to.

An address that a stranger wrote (a feed's link, a redirect) must not lead into the operator's own
network. Names are resolved by us and the connection goes to the very address that was checked, so
a name that answers differently a moment later gains nothing.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# What `ipaddress` calls global differs between patch releases of Python: these are spelled out.
_CLOSED_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")

_DOTTED_QUAD = re.compile(r"(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}")
_ODD_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Public addresses, and what the operator allowed: networks, and hosts wherever they lead."""

    allow: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def permitted(self, host: str, addresses: Sequence[str]) -> Sequence[str]:
        """Those of a host's addresses that a stranger's link may lead to."""
        if host.casefold().rstrip(".") in self.hosts:
            return addresses
        return [address for address in addresses if self.permits(address)]

    def permits(self, address: str) -> bool:
        """Whether a stranger's link may lead to this address, given as the resolver wrote it."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return is_public(parsed) or any(_inside(parsed, network) for network in self.allow)


_INNER_NAMES = ("localhost", ".localhost", ".local", ".internal", ".home.arpa")


def is_inner_host(host: str, policy: AddressPolicy) -> bool:
    """Whether a host leads into somebody's own network by its name alone, unless the operator allowed it.

    What a public name leads to is seen when it is asked.
    """
    name = host.casefold().strip("[]").rstrip(".")
    if name in policy.hosts:
        return False
    literal = _literal(name)
    if literal is not None:
        return not policy.permits(literal)
    return is_odd_number(name) or f".{name}".endswith(_INNER_NAMES)


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read `10.0.0.0/8`, `fd00::/8` or a lone address.

    Raises:
        ValueError: one of them is no network.
    """
    return tuple(ip_network(text, strict=False) for text in texts)


def policy(texts: Sequence[str]) -> AddressPolicy:
    """What the operator allows in words: networks and addresses as `networks` reads them, names of hosts."""
    names = [text for text in texts if not _is_network(text)]
    return AddressPolicy(
        allow=networks([text for text in texts if text not in names]),
        hosts=frozenset(name.casefold().rstrip(".") for name in names),
    )


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def is_public(address: Address) -> bool:
    """Whether this address belongs to the open internet, whatever it is wrapped in."""
    if isinstance(address, IPv4Address):
        return not any(address in net for net in _CLOSED_V4)
    inner = embedded_v4(address)
    if inner is not None:
        return is_public(inner)
    return address in _OPEN_V6 and not any(address in net for net in _CLOSED_V6)


def embedded_v4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped, NAT64 or 6to4 address stands for."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return None


def is_odd_number(host: str) -> bool:
    """Whether a host is a number that resolvers read as an address: `0x7f.1`, `2130706433`, `017.0.0.1`.

    Nobody publishes such an address in good faith.
    """
    return _ODD_NUMBER.fullmatch(host) is not None and _DOTTED_QUAD.fullmatch(host) is None


async def resolve_host(host: str, port: int) -> tuple[str, ...]:
    """The addresses of `host` in the system's order of preference, at most eight.

    Raises:
        OSError: the name has none, or could not be asked for.
    """
    literal = _literal(host)
    if literal is not None:
        return (literal,)
    rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))[:8]


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return None


def _inside(address: Address, network: Network) -> bool:
    if isinstance(address, IPv6Address) and isinstance(network, IPv4Network):
        inner = embedded_v4(address)
        return inner is not None and inner in network
    return address.version == network.version and address in network
