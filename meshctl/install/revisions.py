"""The revisions and tags that a cluster has, by the labels of webhooks and Services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.install.identity import Object, labels
from meshctl.install.ownership import TAG
from meshctl.kube import Cluster, ResourceType
from meshctl.kube.errors import ApiError, ForbiddenError
from meshctl.model.injectors import DEACTIVATED, DEFAULT_REVISION
from meshctl.model.kind import Kind
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.validating_webhook_configuration import VALIDATING_WEBHOOK_CONFIGURATION
from meshctl.model.membership import INJECTION, REVISION


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, or a revision without one (`tag` is empty then), and the namespaces that name it in `istio.io/rev`;
    None where they are not known."""

    tag: str
    revision: str
    namespaces: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Revisions:
    """What a cluster has of the control planes in `namespace`: webhooks, Services of istiod, and the labels of
    all namespaces.

    `all_mutating` are the injecting webhooks of every control plane, and of other programs too. `unlisted` is the
    refusal where the user may not list the namespaces, of which there are none then.
    """

    namespace: str
    all_mutating: Sequence[Object]
    all_validating: Sequence[Object]
    services: Sequence[Object]
    namespaces: Sequence[Object]
    unlisted: ForbiddenError | None = None

    @property
    def mutating(self) -> list[Object]:
        """The MutatingWebhookConfigurations of revisions and tags."""
        return [item for item in self.all_mutating if REVISION in labels(item) and self._ours(item)]

    @property
    def validating(self) -> list[Object]:
        """The ValidatingWebhookConfigurations of revisions and tags."""
        return [item for item in self.all_validating if REVISION in labels(item) and self._ours(item)]

    def of_revision(self, items: Sequence[Object], revision: str) -> list[Object]:
        """Those of the items that belong to a revision and to no tag."""
        return [item for item in items if labels(item).get(REVISION) == revision and TAG not in labels(item)]

    def of_tag(self, items: Sequence[Object], tag: str) -> list[Object]:
        """Those of the items that belong to a tag."""
        return [item for item in items if labels(item).get(TAG) == tag]

    def has_tag(self, tag: str) -> bool:
        """Whether the tag exists."""
        return bool(self.of_tag(self.mutating, tag) or self.of_tag(self.services, tag))

    def users(self, name: str, *, by_injection: bool = False) -> tuple[str, ...]:
        """The namespaces that name a tag or revision; those that name none count for the default on request."""
        default = by_injection and name == DEFAULT_REVISION
        return tuple(
            sorted(
                _name(item)
                for item in self.namespaces
                if labels(item).get(REVISION) == name or (default and labels(item).get(INJECTION) == "enabled")
            )
        )

    def tags(self) -> list[Tag]:
        """All tags, and the revisions that no tag points at, by revision and tag."""
        found: dict[tuple[str, str], None] = {}
        for item in (*self.mutating, *self.services):
            if REVISION in labels(item):
                found[str(labels(item)[REVISION]), str(labels(item).get(TAG, ""))] = None
        tagged = {revision for revision, tag in found if tag}
        return [
            Tag(tag, revision, None if self.unlisted else self.users(tag or revision))
            for revision, tag in sorted(found)
            if tag or revision not in tagged
        ]

    def revisions(self) -> list[str]:
        """The revisions that are installed."""
        found = {str(labels(item)[REVISION]) for item in (*self.mutating, *self.services) if TAG not in labels(item)
                 and REVISION in labels(item)}  # fmt: skip
        return sorted(found)

    def _ours(self, item: Object) -> bool:
        """Whether a webhook calls a Service in the control plane's namespace, or an address outside of the cluster."""
        client = client_config(item)
        return "service" not in client or client["service"].get("namespace") == self.namespace


def read_revisions(cluster: Cluster, namespace: str) -> Revisions:
    """Reads webhooks, the Services in the namespace of the control plane and the labels of namespaces.

    Namespaces only tell who uses a revision, so that a user who may not list them still learns the rest.
    """
    refusals: list[ForbiddenError] = []

    def read(kind: Kind) -> Sequence[Object]:
        type_ = type_of(cluster, kind)
        place = namespace if kind is SERVICE else ""
        try:
            found = cluster.objects(type_, place, metadata_only=kind is NAMESPACE)
        except ForbiddenError as error:
            if kind is not NAMESPACE:
                raise
            refusals.append(error)
            return ()
        return [item for item in found if _is_control_plane(item)] if kind is SERVICE else found

    kinds = (MUTATING_WEBHOOK_CONFIGURATION, VALIDATING_WEBHOOK_CONFIGURATION, SERVICE, NAMESPACE)
    mutating, validating, services, namespaces = cluster.each(read, kinds)
    return Revisions(namespace, mutating, validating, services, namespaces, next(iter(refusals), None))


def type_of(cluster: Cluster, kind: Kind) -> ResourceType:
    """Where the objects of a kind lie; raises `ApiError` for one that the cluster does not serve."""
    found = cluster.resource_types.find(kind.group, kind.name)
    if found is None:
        raise ApiError(404, "", f"the cluster serves no {kind.name} of {kind.group or 'v1'}")
    return found


def client_config(item: Object) -> Mapping[str, Any]:
    """How the first webhook of a configuration is called; all of them are called alike."""
    for webhook in item.get("webhooks") or ():
        return webhook.get("clientConfig") or {}
    return {}


def is_deactivated(configuration: Object) -> bool:
    """Whether every webhook of a configuration is switched off."""
    webhooks = configuration.get("webhooks") or ()
    return all(webhook.get("namespaceSelector") == DEACTIVATED for webhook in webhooks)


def _is_control_plane(service: Object) -> bool:
    """Whether a Service is one of istiod: those of gateways have the label of the revision too."""
    return "istiod" in (labels(service).get("app"), labels(service).get("app.kubernetes.io/name"))


def _name(item: Object) -> str:
    return str((item.get("metadata") or {}).get("name", ""))
