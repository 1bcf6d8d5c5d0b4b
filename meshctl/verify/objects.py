"""Whether every object of an installation is in the cluster, with the fields that it should have."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.documents import Chunk, DocumentError, parse
from meshctl.install.comparison import Difference, changes, differences
from meshctl.install.identity import Identity, Object, identity, metadata
from meshctl.install.revisions import is_deactivated
from meshctl.kube import ApiError, Cluster, ClusterError, ForbiddenError, ResourceType
from meshctl.verify.checks import Check, good, off, unknown
from meshctl.verify.expected import Expected

TOPIC = "object"

_FOREIGN_LABELS = ("operator.istio.io", "helm.sh/chart", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by")
"""Labels, or parts of them, that tell who installed an object rather than what it is."""

_CONTROLLERS = frozenset({"pilot-discovery", "kube-controller-manager", "kube-scheduler", "meshctl-bootstrap"})
"""Who changes objects of an installation as a part of running it."""

_MUTATING, _VALIDATING = "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"
_DEFINITION = "CustomResourceDefinition"
_FOR_PEOPLE = "values"
_INJECTOR = "istio-sidecar-injector"
_SHOWN = 3
_LONGEST = 60
_SECRET = re.compile("token|password|secret|credential|apikey", re.IGNORECASE)
"""Names of fields whose values are not told."""


def compare(cluster: Cluster, expected: Expected) -> tuple[list[Check], list[Object]]:
    """A check for each object, and the objects as they are in the cluster. Definitions have checks of their own."""
    if expected.problem:
        return [unknown(TOPIC, expected.title, expected.problem, "name the files of the installation with -f")], []
    wanted = [_placed(cluster, item, expected) for item in expected.objects if item.get("kind") != _DEFINITION]
    found = cluster.each(lambda item: _compared(cluster, item, expected), wanted)
    return [check for check, _ in found], [live for _, live in found if live is not None]


def _placed(cluster: Cluster, item: Object, expected: Expected) -> Object:
    """An object with the namespace that it gets when it names none."""
    names = metadata(item)
    if names.get("namespace"):
        return item
    type_ = _served(cluster, item)
    if type_ is None or not type_.namespaced:
        return item
    return {**item, "metadata": {**names, "namespace": expected.namespace or cluster.namespace}}


def _served(cluster: Cluster, item: Object) -> ResourceType | None:
    try:
        return cluster.type_of(item)
    except ApiError:
        return None


def _compared(cluster: Cluster, item: Object, expected: Expected) -> tuple[Check, Object | None]:
    key = identity(item)
    type_ = _served(cluster, item)
    if type_ is None:
        return off(TOPIC, str(key), f"the cluster does not serve {item.get('apiVersion')}"), None
    try:
        live = cluster.get(type_, key.name, key.namespace)
    except ForbiddenError:
        return unknown(TOPIC, str(key), f"the user may not read {type_}"), None
    except ClusterError as error:
        return unknown(TOPIC, str(key), error.message), None
    if live is None:
        return off(TOPIC, str(key), "it does not exist", "install again, which makes what is missing"), None
    return judged(key, item, live, expected), live


def judged(key: Identity, item: Object, live: Object, expected: Expected) -> Check:
    """A check of an object that is wanted against the one in the cluster."""
    found = list(_differences(item, live))
    others = _meddlers(live)
    if not found:
        return good(TOPIC, str(key), f"as it should be; {', '.join(others)} changed something else" if others else "")
    text = _told(found, secret=key.kind == "Secret")
    if expected.recorded and not others and not any(map(_is_lost_label, found)):
        return good(TOPIC, str(key), f"as its installer changed it: {text}")
    by = f" (changed by {', '.join(others)})" if others else ""
    return off(TOPIC, str(key), text + by, "install again, or put the change into the settings of the installation")


def _is_lost_label(entry: Difference) -> bool:
    """Whether a label is gone: no installer takes one away, and who does so leaves no trace in the object."""
    return entry.before is None and entry.path.startswith("metadata.labels")


def _differences(item: Object, live: Object) -> Iterator[Difference]:
    wanted, present = _normal(item), dict(live)
    if item.get("kind") in (_MUTATING, _VALIDATING):
        _without_what_istiod_writes(wanted, live)
    if item.get("kind") == "ConfigMap":
        if wanted["metadata"]["name"].partition("-")[0] == _FOR_PEOPLE:
            wanted.pop("data", None)
        # A text is somebody's whole: what was added to it counts too.
        texts, live_texts = _texts(wanted), _texts(present)
        yield from changes({"data": {key: live_texts.get(key) for key in texts}}, {"data": texts})
        wanted.pop("data", None)
    yield from differences(wanted, present)


def _normal(item: Object) -> dict[str, Any]:
    """A copy without labels that differ from one installer to the next."""
    found = copy.deepcopy(dict(item))
    _drop_labels(found)
    (found.get("metadata", {}).get("labels") or {}).pop("release", None)
    spec = found.get("spec")
    if isinstance(spec, dict) and isinstance(spec.get("template"), dict):
        _drop_labels(spec["template"])
    return found


def _drop_labels(item: dict[str, Any]) -> None:
    names = item.get("metadata")
    if isinstance(names, dict) and isinstance(names.get("labels"), dict):
        names["labels"] = {
            name: value for name, value in names["labels"].items() if not any(part in name for part in _FOREIGN_LABELS)
        }


def _without_what_istiod_writes(wanted: dict[str, Any], live: Object) -> None:
    """Takes out the CA, the failure policy of validation, and the selectors of webhooks that a tag switched off."""
    for webhook in wanted.get("webhooks") or ():
        (webhook.get("clientConfig") or {}).pop("caBundle", None)
        if wanted["kind"] == _VALIDATING:
            webhook.pop("failurePolicy", None)
        elif live.get("webhooks") and is_deactivated(live):
            webhook.pop("namespaceSelector", None)
            webhook.pop("objectSelector", None)


def _texts(config_map: Mapping[str, Any]) -> dict[str, Any]:
    """The texts of a ConfigMap read as data, so that their layout does not count.

    Of the injector's configuration the templates are left out: each maker of charts writes them in another way.
    """
    texts = config_map.get("data")
    found = {key: _read_text(text) for key, text in texts.items()} if isinstance(texts, dict) else {}
    config = found.get("config")
    if isinstance(config, dict) and str(metadata(config_map).get("name", "")).startswith(_INJECTOR):
        found["config"] = {key: value for key, value in config.items() if not key.startswith("template")}
    return found


def _read_text(text: Any) -> Any:
    try:
        found = parse(Chunk(str(text), 1)).data
    except DocumentError:
        return text
    return found if isinstance(found, dict | list) else text


def _meddlers(live: Object) -> list[str]:
    """Who changed an object besides the one who installed it, which is who owns the most of its fields."""
    sizes: dict[str, int] = {}
    for entry in metadata(live).get("managedFields") or ():
        # To scale is to change an object by a subresource; others, as the status, are not what was installed.
        manager = str(entry.get("manager", ""))
        if entry.get("subresource", "") in ("", "scale") and manager not in _CONTROLLERS:
            key = f"{manager} (scale)" if entry.get("subresource") else manager
            sizes[key] = sizes.get(key, 0) + _size(entry.get("fieldsV1") or {})
    installer = max(sizes, key=lambda manager: sizes[manager], default="")
    return sorted(set(sizes) - {installer})


def _size(tree: Mapping[str, Any]) -> int:
    return sum(_size(below) if below else 1 for below in tree.values())


def _told(found: list[Difference], *, secret: bool) -> str:
    """The first differences in words."""
    more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(_words(entry, secret=secret) for entry in found[:_SHOWN]) + more


def _words(entry: Difference, *, secret: bool) -> str:
    """A difference; values that are long, or that nobody should read, are not told."""
    if entry.before is None:
        return f"{entry.path} is missing"
    if entry.after is None:
        return f"{entry.path} is there, but should not be"
    shown = [str(value) for value in (entry.before, entry.after)]
    if (
        secret
        or _SECRET.search(entry.path)
        or any(isinstance(value, dict | list) for value in (entry.before, entry.after))
        or any(len(text) > _LONGEST or not text.isprintable() for text in shown)
    ):
        return f"{entry.path} differs"
    return f"{entry.path} is {shown[0]} instead of {shown[1]}"
