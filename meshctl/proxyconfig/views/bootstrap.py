"""`proxy-config bootstrap -o short`: the versions of a proxy."""

from __future__ import annotations

from meshctl.proxyconfig.bootstrap import Bootstrap, BuildVersion
from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.view import Shown, Table
from meshctl.proxyconfig.views.whole import bootstrap_document


def versions(bootstrap: Bootstrap) -> Table:
    """What runs: the versions of Istio, of Istio's build of Envoy, and of Envoy; only the last is always known."""
    metadata = bootstrap.node.metadata
    rows: list[tuple[str, ...]] = []
    if istio := metadata.get("ISTIO_VERSION"):
        rows.append(("Istio Version:", str(istio)))
    if proxy := metadata.get("ISTIO_PROXY_SHA"):
        rows.append(("Istio Proxy Version:", str(proxy).partition(":")[2] or str(proxy)))
    rows.append(("Envoy Version:", envoy_version(bootstrap.node.user_agent_build_version)))
    return Table((), rows, 1)


def shown(dump: ConfigDump) -> Shown:
    """What can be printed about the bootstrap of one proxy among several."""
    return Shown(table=lambda _: by_part(dump.bootstrap), document=lambda: bootstrap_document(dump), names=list)


def by_part(bootstrap: Bootstrap) -> Table:
    """The same versions as a table with titles, in which several proxies fit."""
    rows: list[tuple[str, ...]] = [(label.removesuffix(" Version:"), text) for label, text in versions(bootstrap).rows]
    return Table(("PART", "VERSION"), rows, 5)


def envoy_version(build: BuildVersion) -> str:
    """The version of Envoy with how it was built."""
    version = build.version
    text = f"{version.major_number}.{version.minor_number}.{version.patch}"
    known = build.metadata
    if "build.label" in known:
        text += f"-{known['build.label']}"
    for key in ("revision.status", "build.type", "ssl.version"):
        if key in known:
            text += f"/{known[key]}"
    return text
