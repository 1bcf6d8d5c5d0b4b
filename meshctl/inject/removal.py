"""Takes a sidecar out of a pod again.

What the injector added is known from the annotation `sidecar.istio.io/status`, from what the proxy was told, and from
the rules by which labels and annotations are filled in. What that does not tell is in `record.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from meshctl.inject import json_patch, overrides, probes, prometheus
from meshctl.inject.annotations import INTERCEPTION_MODE, OVERRIDES, REWRITE_PROBES, STATUS
from meshctl.inject.containers import NAMES, PROXY, VALIDATION, containers_of, find
from meshctl.inject.identity import Identity
from meshctl.inject.json_patch import Operation

_TLS_MODE = "security.istio.io/tlsMode"
_TUNNEL = "networking.istio.io/tunnel"
_CANONICAL_NAME = "service.istio.io/canonical-name"
_CANONICAL_REVISION = "service.istio.io/canonical-revision"
_REVISION = "istio.io/rev"
_FIRST_CONTAINER = ("kubectl.kubernetes.io/default-logs-container", "kubectl.kubernetes.io/default-container")
_UNPRIVILEGED_PORTS = {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]}
"""What the template for gateways sets for a pod that sets nothing itself."""

_TRAFFIC = "traffic.sidecar.istio.io/"
_CNI_SETTINGS = {
    INTERCEPTION_MODE: "REDIRECT",
    f"{_TRAFFIC}includeOutboundIPRanges": "*",
    f"{_TRAFFIC}includeInboundPorts": "*",
    f"{_TRAFFIC}excludeInboundPorts": "15020",
    "k8s.v1.cni.cncf.io/networks": "default/istio-cni",
}
"""What the template tells the CNI plugin where nobody asks for anything else; other values may be the user's."""

_OPEN_VOLUMES = frozenset({"workload-socket", "credential-socket", "workload-certs"})
"""Volumes that templates name without a source, so that the pod may have one: a socket of SPIFFE, for example."""

_SOURCES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys((*_OPEN_VOLUMES, "istio-data", "istio-envoy", "istio-xds"), frozenset({"emptyDir"})),
    "custom-bootstrap-volume": frozenset({"configMap"}),
    "gke-workload-certificate": frozenset({"csi"}),
    "istio-ca-crl": frozenset({"configMap"}),
    "istio-certs": frozenset({"secret"}),
    "istio-podinfo": frozenset({"downwardAPI"}),
    "istio-token": frozenset({"projected"}),
    "istiod-ca-cert": frozenset({"configMap", "projected"}),
    "lightstep-certs": frozenset({"secret"}),
}
"""The sources that Istio's templates give their volumes: a volume of such a name with another source is the user's."""

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")

Pod = dict[str, Any]


def status(pod: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an earlier injection noted; None for a pod that was never injected or whose note cannot be read."""
    kept = _mapping(_mapping(pod, "metadata"), "annotations").get(STATUS)
    if not isinstance(kept, str):
        return None
    try:
        found = json.loads(kept)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def remove(pod: Mapping[str, Any], identity: Identity, record: Sequence[Operation] = ()) -> Pod:
    """The pod before its injection, with what a record tells of it; one that was never injected as it is.

    Raises `OverridesError`.
    """
    noted = status(pod)
    return dict(pod) if noted is None else dict(json_patch.apply_known(_known(pod, noted, identity), record))


def loss(before: Mapping[str, Any], after: Pod, identity: Identity) -> Sequence[Operation]:
    """What has to be known, besides the injected pod, to tell what it was before."""
    noted = status(after)
    if noted is None:
        return ()
    found = list(json_patch.difference(_known(after, noted, identity), before))
    # Sorted, so that the same loss is always told the same way; the operations do not depend on each other.
    return sorted(found, key=lambda operation: str(operation["path"]))


def _known(pod: Mapping[str, Any], noted: Mapping[str, Any], identity: Identity) -> Pod:
    """The pod before its injection, as far as it tells that itself."""
    metadata, spec = _mapping(pod, "metadata"), _mapping(pod, "spec")
    proxy = _proxy(spec)
    found = dict(pod)
    new_spec = _spec(spec, noted, overrides.read(_mapping(metadata, "annotations")), proxy)
    new_metadata = _metadata(metadata, noted, new_spec, proxy, identity)
    found |= {key: value for key, value in (("metadata", new_metadata), ("spec", new_spec)) if value or key in pod}
    if not new_metadata:
        found.pop("metadata", None)
    return found


def _proxy(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    place = find(spec, PROXY)
    found = spec[place[0]][place[1]] if place is not None else {}
    return found if isinstance(found, dict) else {}


def environment(container: Mapping[str, Any]) -> dict[str, str]:
    """The variables of a container that have a value written down."""
    variables = container.get("env")
    return {
        item["name"]: item["value"]
        for item in (variables if isinstance(variables, list) else ())
        if isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("value"), str)
    }


def _spec(
    spec: Mapping[str, Any], noted: Mapping[str, Any], own: overrides.Overrides, proxy: Mapping[str, Any]
) -> dict[str, Any]:
    found = dict(spec)
    probers = _loaded(environment(proxy).get(probes.ENVIRONMENT, ""))
    listed = {*_names(noted, "containers"), *_names(noted, "initContainers")}
    for key, overridden in _by_place(own).items():
        mine = {item["name"]: item for item in overridden}
        kept = []
        for item in containers_of(spec, key):
            name = item.get("name") if isinstance(item, dict) else None
            if name in mine:
                kept.append(_as_written(mine.pop(name)))
            elif name not in listed:
                kept.append(item)
        kept += [_as_written(item) for item in mine.values()]
        if probers:
            kept = probes.restore(kept, probers)
        _keep(found, key, kept)
    if found.get("securityContext") == _UNPRIVILEGED_PORTS and "router" in (proxy.get("args") or ()):
        del found["securityContext"]
    for key, own_part in (("volumes", partial(_own_volume, mounted=_mounted(found))), ("imagePullSecrets", _nothing)):
        listed = set(_names(noted, key))
        if isinstance(spec.get(key), list) and listed:
            items = [own_part(item) if _is_named(item, listed) else item for item in spec[key]]
            _keep(found, key, [item for item in items if item is not None])
    return found


def _is_named(item: Any, names: set[str]) -> bool:
    return isinstance(item, dict) and item.get("name") in names


def _nothing(_: Any) -> None:
    return None


def _own_volume(volume: dict[str, Any], mounted: set[str]) -> dict[str, Any] | None:
    """What the user has of a volume that was injected; None if nothing tells of him.

    Templates are laid over a volume of the user that has the name of theirs: a source that no template gives it, and
    the size of an empty directory, are his. What a container of his mounts has to stay, whoever made it.
    """
    name = volume["name"]
    theirs = _SOURCES.get(name, volume.keys())
    own = {key: value for key, value in volume.items() if key not in theirs and key != "name"}
    if own:
        return {"name": name, **own}
    directory = volume.get("emptyDir")
    if isinstance(directory, dict) and ("sizeLimit" in directory or (directory and name in _OPEN_VOLUMES)):
        return volume
    return volume if name in mounted else None


def _mounted(spec: Mapping[str, Any]) -> set[str]:
    """The volumes that containers mount which are not the injector's."""
    containers = [item for key in _CONTAINERS for item in containers_of(spec, key) if isinstance(item, dict)]
    mounts = [item.get("volumeMounts") for item in containers if item.get("name") not in NAMES]
    return {
        mount["name"]
        for listed in mounts
        for mount in (listed if isinstance(listed, list) else ())
        if isinstance(mount, dict) and isinstance(mount.get("name"), str)
    }


def _by_place(own: overrides.Overrides) -> overrides.Overrides:
    """The overrides by the lists in which the user wrote them, which are not always those of the template.

    An init container that runs beside the others has to say so; a proxy that does not was among the containers.
    """
    found: overrides.Overrides = {"containers": list(own.get("containers", ())), "initContainers": []}
    for item in own.get("initContainers", ()):
        is_plain = item["name"] == PROXY and "restartPolicy" not in item
        found["containers" if is_plain else "initContainers"].append(item)
    return found


def _keep(spec: dict[str, Any], key: str, items: list[Any]) -> None:
    if items or (key == "containers" and key in spec and spec[key] == []):
        spec[key] = items
    else:
        spec.pop(key, None)


def _as_written(container: Mapping[str, Any]) -> dict[str, Any]:
    """A container of the overrides without what Go writes though nobody wrote it."""
    found: dict[str, Any] = _without_nulls(container)
    if found.get("resources") == {}:
        del found["resources"]
    if "image" not in found:
        found["image"] = overrides.AUTO
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _metadata(
    metadata: Mapping[str, Any],
    noted: Mapping[str, Any],
    spec: Mapping[str, Any],
    proxy: Mapping[str, Any],
    identity: Identity,
) -> dict[str, Any]:
    """The network's label stays: it may have been the user's, who would lose more than a label with it."""
    found = dict(metadata)
    labels = dict(_mapping(metadata, "labels"))
    variables = environment(proxy)
    rest = {key: value for key, value in labels.items() if key not in (_CANONICAL_NAME, _CANONICAL_REVISION)}
    # Only a sidecar with Envoy takes mutual TLS for its pod.
    is_sidecar = "sidecar" in (proxy.get("args") or ()) and "DISABLE_ENVOY" not in variables
    for key, expected in (
        (_TLS_MODE, "istio" if is_sidecar else None),
        (_TUNNEL, "http" if is_sidecar else None),
        (_CANONICAL_NAME, canonical_name(rest, identity.name)),
        (_CANONICAL_REVISION, rest.get("app.kubernetes.io/version") or rest.get("version") or "latest"),
    ):
        if labels.get(key) == expected:
            labels.pop(key, None)
    annotations = _annotations(metadata, noted, spec, variables)
    for key, value in (("labels", labels), ("annotations", annotations)):
        if value:
            found[key] = value
        else:
            found.pop(key, None)
    return found


def canonical_name(labels: Mapping[str, Any], workload: str) -> Any:
    """The canonical name that a pod gets from its labels and its workload."""
    found = labels.get("app.kubernetes.io/name") or labels.get("app") or workload
    return found[:63].strip("-_.") if isinstance(found, str) else found


def _annotations(
    metadata: Mapping[str, Any], noted: Mapping[str, Any], spec: Mapping[str, Any], variables: Mapping[str, str]
) -> dict[str, Any]:
    found = dict(_mapping(metadata, "annotations"))
    for key in (STATUS, OVERRIDES, _REVISION):
        found.pop(key, None)
    first = next((item.get("name") for item in containers_of(spec) if isinstance(item, dict)), None)
    for key in _FIRST_CONTAINER:
        if found.get(key) == first:
            found.pop(key, None)
    if VALIDATION in _names(noted, "initContainers"):
        for key, usual in _CNI_SETTINGS.items():
            if found.get(key) == usual:
                found.pop(key)
    if variables.get("GRPC_XDS_BOOTSTRAP") or not _names(noted, "containers") or "DISABLE_ENVOY" in variables:
        if found.get(REWRITE_PROBES) == "false" and PROXY not in _names(noted, "initContainers"):
            found.pop(REWRITE_PROBES)
    if found.get(prometheus.PATH) == prometheus.MERGED_PATH and found.get(prometheus.SCRAPE) == "true":
        for key in (prometheus.PATH, prometheus.SCRAPE, prometheus.PORT):
            found.pop(key, None)
        found |= _scraping(_loaded(variables.get(prometheus.ENVIRONMENT, "")))
    if found.get(prometheus.SECURE_PORT) == variables.get(prometheus.SECURE_PORT_VARIABLE):
        found.pop(prometheus.SECURE_PORT, None)
    return found


def _scraping(told: Mapping[str, Any]) -> dict[str, str]:
    targets = told.get("targets")
    if isinstance(targets, list) and targets:
        pairs = [f"{item.get('port')}:{item.get('path')}" for item in targets if isinstance(item, dict)]
        found = {prometheus.TARGETS: ",".join(pairs), prometheus.SCRAPE: told.get("scrape")}
    else:
        found = {
            prometheus.SCRAPE: told.get("scrape"),
            prometheus.PORT: told.get("port"),
            prometheus.PATH: told.get("path"),
        }
    kept = {key: value for key, value in found.items() if isinstance(value, str) and value}
    # The proxy is told of annotations even if they are all empty.
    return kept or ({prometheus.PORT: ""} if told else {})


def _loaded(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(noted: Mapping[str, Any], key: str) -> list[str]:
    found = noted.get(key)
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}
