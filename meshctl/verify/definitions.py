"""Whether the cluster serves every kind of Istio, in every version that this release has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from meshctl.documents import Chunk, parse
from meshctl.install.identity import Object
from meshctl.kube import Cluster, ForbiddenError
from meshctl.model.kinds.custom_resource_definition import CUSTOM_RESOURCE_DEFINITION
from meshctl.schema.crds import crd_names, crd_yaml
from meshctl.verify.checks import Check, good, off, unknown

TOPIC = "definition"


def definitions(cluster: Cluster, wanted: Sequence[Object] = (), *, other_release: bool = False) -> list[Check]:
    """A check for each definition: of those wanted, else of those that ship with meshctl.

    An installation of another release may have less than these; what it has must be served.
    """
    expected: dict[str, Object] = {item["metadata"]["name"]: item for item in wanted} or _shipped()
    type_ = cluster.type_of({"apiVersion": "apiextensions.k8s.io/v1", "kind": CUSTOM_RESOURCE_DEFINITION.name})
    names = sorted(expected)
    try:
        # One by one: a cluster may have hundreds of others, all of them large.
        live = dict(zip(names, cluster.each(lambda name: cluster.get(type_, name), names), strict=True))
    except ForbiddenError:
        return [unknown(TOPIC, f"all {TOPIC}s", f"the user may not read {type_}")]
    if other_release:
        expected = {name: found for name, found in live.items() if found is not None}
    return [_judged(name, expected[name], live[name]) for name in sorted(expected)]


def _shipped() -> dict[str, Object]:
    return {name: data for crd in crd_names() if (data := parse(Chunk(crd_yaml(crd), 1)).data)
            and (name := data["metadata"]["name"])}  # fmt: skip


def _judged(name: str, wanted: Object, live: Object | None) -> Check:
    if live is None:
        return off(TOPIC, name, "it does not exist", "install the component base")
    conditions = {entry.get("type"): entry for entry in (live.get("status") or {}).get("conditions") or ()}
    if (conditions.get("Established") or {}).get("status") != "True":
        reason = (conditions.get("NamesAccepted") or {}).get("message") or "no reason is given"
        return off(TOPIC, name, f"the API server does not serve it: {reason}")
    lacking = sorted(set(_served(wanted)) - set(_served(live)))
    if lacking:
        return off(
            TOPIC,
            name,
            f"it does not serve {', '.join(lacking)}, only {', '.join(_served(live))}",
            "it is of an older release: upgrade the component base",
        )
    return good(TOPIC, name, f"serves {', '.join(_served(live))}")


def _served(definition: Mapping[str, Any]) -> Iterator[str]:
    for version in (definition.get("spec") or {}).get("versions") or ():
        if version.get("served"):
            yield str(version.get("name"))
