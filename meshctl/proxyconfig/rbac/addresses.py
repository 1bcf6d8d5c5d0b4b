"""Conditions on addresses and ports."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from meshctl.proxyconfig.judgement import Judgement, unknown
from meshctl.proxyconfig.rbac.scene import Scene


def within(ip: str, what: str, ranges: Any) -> Judgement:
    """Whether an address lies in a range `{address_prefix, prefix_len}`."""
    wanted = f"{ranges.get('address_prefix', '')}/{ranges.get('prefix_len', 0)}"
    if not ip:
        return unknown(f"{what} is not known, and {wanted} is asked for")
    try:
        fits = ip_address(ip) in ip_network(wanted, strict=False)
    except ValueError:  # Envoy has none such, but policies in files may
        return unknown(f"{what} is {ip}, and {wanted} is asked for: one of the two is wrong")
    return Judgement(fits, f"{what} is {ip}", f"lies in {wanted}")


def destination_ip(scene: Scene, value: Any) -> Judgement:
    """The address that the connection goes to."""
    return within(scene.attributes.destination_ip, "the destination's address", value)


def direct_remote_ip(scene: Scene, value: Any) -> Judgement:
    """The address that the connection comes from."""
    return within(scene.attributes.source_ip, "the source's address", value)


def source_ip(scene: Scene, value: Any) -> Judgement:
    """The same, or the client's address where the PROXY protocol tells it: which of the two is not known here."""
    return _either(scene, value)


def remote_ip(scene: Scene, value: Any) -> Judgement:
    """The client's address as a proxy in front tells it: a network filter does not see what a header says."""
    return _either(scene, value) if scene.http_follows else _remote(scene, value)


def _remote(scene: Scene, value: Any) -> Judgement:
    return within(scene.attributes.remote_ip or scene.attributes.source_ip, "the client's address", value)


def _either(scene: Scene, value: Any) -> Judgement:
    direct, told = direct_remote_ip(scene, value), _remote(scene, value)
    if direct.fits == told.fits:
        return direct
    return unknown("whether the client's address is told by the PROXY protocol is not known")


def destination_port(scene: Scene, value: Any) -> Judgement:
    """The port that the connection goes to."""
    return _port(scene, lambda port: port == int(value), f"is {value}")


def destination_port_range(scene: Scene, value: Any) -> Judgement:
    """A port from `start` up to, but without, `end`."""
    start, end = int(value.get("start", 0)), int(value.get("end", 0))
    return _port(scene, lambda port: start <= port < end, f"is from {start} to {end - 1}")


def _port(scene: Scene, fits: Any, wanted: str) -> Judgement:
    port = scene.attributes.destination_port
    return Judgement(fits(port), f"port is {port}", wanted) if port else unknown("the destination's port is not known")
