from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.addresses import AddressPolicy, is_odd_number, is_public, networks, policy, resolve_host


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001::1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "100::1",
    ],
)
def test_all_others_are_not_however_they_are_wrapped(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not AddressPolicy().permits(address)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: object) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:  # type: ignore[attr-defined]
        assert not is_public(address)  # type: ignore[arg-type]


def test_allowed_networks_open_themselves_alone() -> None:
    policy = AddressPolicy(networks(["10.0.0.0/8", "fd00::/8", "192.168.1.7"]))
    for address in ("10.9.9.9", "fd00::1", "192.168.1.7", "::ffff:10.0.0.1"):
        assert policy.permits(address)
    for address in ("192.168.1.8", "127.0.0.1", "fc00::1", "no address", ""):
        assert not policy.permits(address)


def test_a_network_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        networks(["10.0.0.0/99"])


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.1.", "1.2.3.4.5"]
)
def test_numbers_that_only_resolvers_understand_are_odd(host: str) -> None:
    assert is_odd_number(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "8.8.8.8", "wire.example", "1and1.example", "4chan.example", "0x.example", "::1"]
)
def test_honest_numbers_and_names_are_not(host: str) -> None:
    assert not is_odd_number(host)


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1")])
async def test_a_literal_is_its_own_address(host: str, address: str) -> None:
    assert await resolve_host(host, 80) == (address,)


async def test_localhost_is_looked_up() -> None:
    assert "127.0.0.1" in await resolve_host("localhost", 80)


def test_the_operator_allows_networks_addresses_and_hosts_in_one_list() -> None:
    allowed = policy(["10.0.0.0/8", "192.168.1.7", "News.LAN", "wire.lan."])
    assert allowed.permits("10.1.2.3")
    assert allowed.permits("192.168.1.7")
    assert not allowed.permits("192.168.1.8")
    for host in ("news.lan", "NEWS.LAN", "news.lan.", "wire.lan"):
        assert allowed.permitted(host, ["192.168.1.8", "1.1.1.1"]) == ["192.168.1.8", "1.1.1.1"]
    assert allowed.permitted("other.lan", ["192.168.1.8", "1.1.1.1"]) == ["1.1.1.1"]
