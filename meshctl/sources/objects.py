"""From documents to resources: lists, kinds, versions and namespaces, as an API server would see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from meshctl.documents import Remark
from meshctl.messages import (
    IGNORED_TEXT,
    NOT_A_RESOURCE,
    REPEATED_KEY,
    UNKNOWN_KIND,
    UNKNOWN_VERSION,
    Message,
    MessageType,
    Place,
)
from meshctl.model.kind import Kind, kind_of, known_kinds, split_api_version
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.resource import FieldPath, Resource, Source, Span
from meshctl.sources.mesh_config import embedded

CLOSED_GROUPS = frozenset(
    {
        "networking.istio.io",
        "security.istio.io",
        "telemetry.istio.io",
        "extensions.istio.io",
        "install.istio.io",
        "gateway.networking.k8s.io",
    }
)
"""API groups of which meshctl knows every kind: another one there is a mistake."""

REMOVED_GROUPS = {
    "authentication.istio.io": "write PeerAuthentication and RequestAuthentication (security.istio.io) instead",
    "rbac.istio.io": "write AuthorizationPolicy (security.istio.io) instead",
    "config.istio.io": "Mixer is gone since Istio 1.8: use Telemetry, WasmPlugin or EnvoyFilter",
}
"""API groups that older releases had, and what took their place."""

CORE_KINDS = frozenset(
    "Binding ComponentStatus ConfigMap Endpoints Event LimitRange List Namespace Node PersistentVolume Pod "
    "PersistentVolumeClaim PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount".split()
)
"""Every kind of the core group `v1`."""

_IGNORED = {
    "ignored-text": "Kubernetes never reads what follows here",
    "separator-text": "kubectl refuses a file with text behind --- in the same line",
}
"""What there is to say of text that belongs to no document."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was parsed: what it holds and where it came from."""

    data: Any
    source: Source
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    kind: Kind
    version: str


class Objects:
    """Collects resources out of documents, and messages about documents that hold none.

    `tolerant` documents (those met while walking a directory) may be no Kubernetes objects at all.
    """

    def __init__(self, default_namespace: str = "default") -> None:
        self.resources: list[Resource] = []
        self.messages: list[Message] = []
        self.foreign = 0
        self._namespace = default_namespace
        self._kinds: dict[tuple[str, str], _Known | Callable[[Document, FieldPath], None]] = {}

    def add(self, document: Document, *, tolerant: bool = False) -> None:
        """Takes in one document; an empty one is nothing."""
        for remark in document.remarks:
            self._remark(document, remark)
        if document.data is not None:
            self._add(document, document.data, (), tolerant)

    def _add(self, document: Document, data: Any, root: FieldPath, tolerant: bool) -> None:
        if type(data) is not dict:
            self._not_a_resource(document, root, "it is no mapping of keys to values", tolerant)
            return
        api_version, name = data.get("apiVersion"), data.get("kind")
        if type(api_version) is not str or type(name) is not str or not api_version or not name:
            self._incomplete(document, data, root, tolerant)
            return
        known = self._kinds.get((api_version, name))
        if known is None:
            if name == "List" or (name.endswith("List") and type(data.get("items")) is list):
                self._add_items(document, data, root, api_version, name)
                return
            known = self._kinds[api_version, name] = self._identify(api_version, name)
        if isinstance(known, _Known):
            self._add_resource(known, data, document.source, root)
        else:
            known(document, root)

    def _add_resource(self, known: _Known, data: dict[str, Any], source: Source, root: FieldPath) -> None:
        metadata = data.get("metadata")
        name = namespace = ""
        if type(metadata) is dict:
            name = metadata.get("name") or ""
            namespace = metadata.get("namespace") or ""
            if type(name) is not str or type(namespace) is not str:
                name, namespace = (text if type(text) is str else "" for text in (name, namespace))
        if not known.kind.namespaced:
            namespace = ""
        elif not namespace:
            namespace = self._namespace
        resource = Resource(known.kind, known.version, namespace, name, data, source, root)
        self.resources.append(resource)
        if known.kind is CONFIG_MAP:
            for found in embedded(resource):
                if isinstance(found, Resource):
                    self.resources.append(found)
                else:
                    self.messages.append(found)

    def _add_items(
        self, document: Document, data: dict[str, Any], root: FieldPath, api_version: str, name: str
    ) -> None:
        items = data.get("items")
        if type(items) is not list:
            self._not_a_resource(document, (*root, "items"), "a List needs a list of items", tolerant=False)
            return
        for index, item in enumerate(items):
            # The items of a typed list may leave out what the list says for all of them.
            if type(item) is dict and name != "List" and "kind" not in item:
                item = {"apiVersion": api_version, "kind": name.removesuffix("List"), **item}
            self._add(document, item, (*root, "items", index), tolerant=False)

    def _identify(self, api_version: str, name: str) -> _Known | Callable[[Document, FieldPath], None]:
        """What an `apiVersion` and a `kind` are: a known kind, a mistake, or another program's business."""
        group, version = split_api_version(api_version)
        kind = kind_of(group, name)
        if kind is not None:
            if version in kind.versions or group not in CLOSED_GROUPS:
                return _Known(kind, version)
            return _Report(self, UNKNOWN_VERSION, "apiVersion", kind=name, version=version, group=group,
                           known=" or ".join(f"{group}/{known}" for known in kind.versions))  # fmt: skip
        hint = REMOVED_GROUPS.get(group)
        if hint:
            return _Report(self, UNKNOWN_KIND, "apiVersion", kind=name, group=group, hint=hint)
        closed = {known.name for known in known_kinds() if known.group == group} if group in CLOSED_GROUPS else set()
        if group == "" and name not in CORE_KINDS:
            closed = set(CORE_KINDS)
        if closed:
            return _Report(self, UNKNOWN_KIND, "kind", kind=name, group=group or "core", hint=self._meant(name, closed))
        meant = self._meant_group(group, name)
        if meant:
            return _Report(self, UNKNOWN_KIND, "apiVersion", kind=name, group=group, hint=f"did you mean {meant}?")
        return self._skip

    def _meant(self, name: str, names: set[str]) -> str:
        import difflib

        close = difflib.get_close_matches(name, names, 1, 0.6)
        if close:
            return f"did you mean {close[0]}?"
        elsewhere = sorted(known.api_version for known in known_kinds() if known.name == name)
        return f"{name} belongs to {' or '.join(elsewhere)}" if elsewhere else ""

    @staticmethod
    def _meant_group(group: str, name: str) -> str:
        """The `apiVersion` that was meant by a group that differs by a typing error and has a kind of that name."""
        import difflib

        for known in known_kinds():
            if known.name == name and known.group in CLOSED_GROUPS and known.group != group:
                if difflib.SequenceMatcher(None, known.group, group).ratio() > 0.8:
                    return known.api_version
        return ""

    def _skip(self, document: Document, root: FieldPath) -> None:
        self.foreign += 1

    def report(self, type_: MessageType, document: Document, root: FieldPath, key: str, args: dict[str, Any]) -> None:
        """Notes a message about a field of a document that became no resource."""
        path = (*root, key) if key else root
        source = document.source
        span = source.value(path) or source.key(path) or source.value(root) or source.value(())
        if span is None:
            span = Span(source.file, source.line or 1, 1, source.line or 1, 1)
        self.messages.append(type_.in_file(Place(span, source), **args))

    def _incomplete(self, document: Document, data: dict[str, Any], root: FieldPath, tolerant: bool) -> None:
        missing = [key for key in ("apiVersion", "kind") if not isinstance(data.get(key), str) or not data[key]]
        tolerant = tolerant and len(missing) == 2
        self._not_a_resource(
            document, root, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing", tolerant
        )

    def _not_a_resource(self, document: Document, root: FieldPath, problem: str, tolerant: bool) -> None:
        if tolerant:
            self.foreign += 1
        else:
            self.report(NOT_A_RESOURCE, document, root, "", {"problem": problem})

    def _remark(self, document: Document, remark: Remark) -> None:
        source = document.source
        span = Span(source.file, remark.line, remark.column, remark.line, remark.column + max(1, len(remark.key)))
        if remark.kind == "repeated-key":
            args: dict[str, Any] = {"key": remark.key, "first_line": remark.first_line}
            self.messages.append(REPEATED_KEY.in_file(Place(span, source), **args))
        else:
            self.messages.append(IGNORED_TEXT.in_file(Place(span, source), problem=_IGNORED[remark.kind]))


class _Report:
    """Reports the same mistake for every document that makes it."""

    def __init__(self, objects: Objects, type_: MessageType, key: str, **args: Any) -> None:
        self._objects, self._type, self._key, self._args = objects, type_, key, args

    def __call__(self, document: Document, root: FieldPath) -> None:
        self._objects.report(self._type, document, root, self._key, self._args)
