"""Versions as text, and as data with Istio's keys."""

from __future__ import annotations

from typing import Any

from meshctl.model.versions import BuildInfo, Versions, proxy_counts


def as_lines(client: BuildInfo, found: Versions | None, *, short: bool = True) -> list[str]:
    """A line for each program; one for all control planes when they are alike, else one for each."""
    text = _short if short else _long
    lines = [f"client version: {text(client)}"]
    if found is None:
        return lines
    builds = {text(plane.build) for plane in found.control_planes}
    if len(builds) == 1:
        lines.append(f"control plane version: {builds.pop()}")
    else:
        lines += [f"{plane.component} version: {text(plane.build)}" for plane in found.control_planes]
    counts = ", ".join(f"{number} ({count} proxies)" for number, count in proxy_counts(found.proxies))
    lines.append(f"data plane version: {counts or 'none'}")
    return lines


def _short(build: BuildInfo) -> str:
    return build.version


def _long(build: BuildInfo) -> str:
    return f"{build.version} (revision {build.revision}, {build.status})"


def as_data(client: BuildInfo, found: Versions | None) -> dict[str, Any]:
    """Istio's keys, of which those without a value are left out."""
    data: dict[str, Any] = {"clientVersion": _build(client)}
    if found is None:
        return data
    if found.control_planes:
        data["meshVersion"] = [
            {"Component": plane.component, "Revision": plane.revision, "Info": _build(plane.build)}
            for plane in found.control_planes
        ]
    if found.proxies:
        data["dataPlaneVersion"] = [
            {"ID": proxy.name, "IstioVersion": proxy.version, "Type": proxy.type} for proxy in found.proxies
        ]
    return data


def _build(build: BuildInfo) -> dict[str, str]:
    keys = ("version", "revision", "golang_version", "status", "tag")
    return {key: getattr(build, key) for key in keys}
