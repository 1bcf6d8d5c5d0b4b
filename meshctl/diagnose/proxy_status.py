"""Which proxies are connected to which istiod, and whether they have what it has for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from meshctl.errors import UnreadableError
from meshctl.kube import Cluster, ClusterError
from meshctl.model.sync_status import ProxyStatus, read_client_configs, read_proxies
from meshctl.sources.istiods import Istiod, Page, Silent, ask_all

_INJECTED = "sidecar.istio.io/status"
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\D.*)?")

UNNAMED = "-"
"""What an istiod is called of which nothing but a saved answer is there."""

FARTHEST_BEHIND = 1
"""How many minor releases a proxy may be behind its control plane, by Istio's rules; it may not be ahead of it."""


@dataclass(frozen=True, slots=True)
class IstiodStatus:
    """An istiod and the proxies that are connected to it."""

    page: Page
    proxies: Sequence[ProxyStatus]

    @property
    def name(self) -> str:
        """The name of its pod."""
        return self.page.istiod


@dataclass(frozen=True, slots=True)
class Connection:
    """A proxy and the istiod that it is connected to."""

    istiod: IstiodStatus
    proxy: ProxyStatus

    @property
    def minors_behind(self) -> int | None:
        """How many minor releases the proxy is behind its istiod; negative when it is ahead, None when not known."""
        ours, theirs = _VERSION.fullmatch(self.proxy.version), _VERSION.fullmatch(self.istiod.page.version)
        if ours is None or theirs is None or ours[1] != theirs[1]:
            return None
        return int(theirs[2]) - int(ours[2])

    @property
    def is_skewed(self) -> bool:
        """Whether Istio does not support the two versions together."""
        behind = self.minors_behind
        return behind is not None and not 0 <= behind <= FARTHEST_BEHIND


@dataclass(frozen=True, slots=True)
class MeshStatus:
    """What the istiods of a mesh say, who of them says nothing, and pods that should be connected and are not."""

    istiods: Sequence[IstiodStatus]
    silent: Sequence[Silent] = ()
    unconnected: Sequence[str] = field(default=())

    def connections(self) -> list[Connection]:
        """All proxies with their istiods, by name."""
        found = [Connection(istiod, proxy) for istiod in self.istiods for proxy in istiod.proxies]
        return sorted(found, key=lambda one: (one.proxy.name, one.istiod.name))

    def of(self, namespace: str) -> MeshStatus:
        """Only the proxies of a namespace."""
        return self._only(lambda proxy: proxy.namespace == namespace)

    def unsynced(self) -> MeshStatus:
        """Only the proxies that lack something."""
        return self._only(lambda proxy: not proxy.is_synced)

    def _only(self, wanted: Callable[[ProxyStatus], bool]) -> MeshStatus:
        return replace(self, istiods=[replace(one, proxies=[*filter(wanted, one.proxies)]) for one in self.istiods])


def read_status(istiods: Sequence[Istiod], seconds: float, namespace: str = "") -> MeshStatus:
    """Asks all istiods at once; raises an error when none of them answers."""
    page = f"syncz?namespace={namespace}" if namespace else "syncz"

    def ask(istiod: Istiod) -> IstiodStatus:
        found = istiod.page(page, identity=True)
        return IstiodStatus(found, list(read_proxies(found.json())))

    answers, silent = ask_all(istiods, ask, seconds)
    if not answers:
        first = silent[0].error
        more = f"; neither do {len(silent) - 1} others" if len(silent) > 1 else ""
        raise UnreadableError(f"{first.message}{more}", hint=first.hint)
    found = MeshStatus(answers, silent)
    return found.of(namespace) if namespace else found


def saved_status(data: bytes, name: str) -> MeshStatus:
    """What a saved answer to `/debug/syncz` says, or what proxy-status printed as JSON. Raises an error.

    There may be answers of several istiods: by their names, or one after another.
    """
    try:
        documents = list(_documents(data.decode("utf-8", "replace")))
    except ValueError as error:
        raise UnreadableError(f"{name} is no JSON", hint=_SAVE_IT) from error
    found: list[IstiodStatus] = []
    for document in documents:
        if isinstance(document, dict) and "configs" in document:
            raise UnreadableError(
                f"{name} is a config dump, not the answer to /debug/syncz",
                hint="name its pod too, to compare it with what istiod would send",
            )
        if document is None or _is_list_of(document, "proxy"):
            found.append(IstiodStatus(Page(b"", UNNAMED), list(read_proxies(document))))
        elif _is_list_of(document, "resources"):
            found += map(_of_response, document)
        elif isinstance(document, dict) and isinstance(document.get("resources"), list):
            found.append(_of_response(document))
        elif isinstance(document, dict) and all(
            page is None or _is_list_of(page, "proxy") for page in document.values()
        ):
            found += [IstiodStatus(Page(b"", istiod), list(read_proxies(page))) for istiod, page in document.items()]
        else:
            raise UnreadableError(f"{name} is no list of proxies", hint=_SAVE_IT)
    return MeshStatus(found)


def _documents(text: str) -> Iterator[Any]:
    """JSON documents one after another, as istioctl prints those of several istiods."""
    decoder, rest = json.JSONDecoder(), text.lstrip("\ufeff").strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        yield document
        rest = rest[end:].lstrip()


def _is_list_of(document: Any, field: str) -> bool:
    """Whether it is a list of objects with a field, or an empty one."""
    return isinstance(document, list) and all(isinstance(item, dict) and field in item for item in document)


def _of_response(response: Mapping[str, Any]) -> IstiodStatus:
    told = response.get("controlPlane")
    try:
        identity = json.loads(told["identifier"]) if isinstance(told, dict) else {}
    except (ValueError, KeyError, TypeError):
        identity = {}
    identity = identity if isinstance(identity, dict) else {}
    page = Page(b"", str(identity.get("ID") or UNNAMED), str(response.get("versionInfo") or ""), identity)
    return IstiodStatus(page, list(read_client_configs(response["resources"])))


_SAVE_IT = "save /debug/syncz of istiod, as `meshctl x internal-debug syncz --all` prints it"


def unconnected(cluster: Cluster, namespace: str, connected: Collection[str]) -> Iterator[str]:
    """Running pods with an injected proxy that are not among those connected; none where pods cannot be listed."""
    type_ = cluster.resource_types.find("", "Pod")
    if type_ is None:
        return
    try:
        pods = cluster.objects(type_, namespace, fields="status.phase=Running", metadata_only=True)
    except ClusterError:
        return
    for pod in pods:
        metadata = pod["metadata"]
        name = f"{metadata['name']}.{metadata['namespace']}"
        injected = _INJECTED in (metadata.get("annotations") or {})
        if injected and name not in connected and not metadata.get("deletionTimestamp"):
            yield name
