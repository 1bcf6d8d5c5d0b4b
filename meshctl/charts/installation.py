"""From what a user asks for to the values of each component.

The layers, each over the one before: the default profile, the chosen profile, what the cluster tells, the released
images, the user's files, the `--set` flags. Then the settings of IstioOperator that are names for values are copied to
them, the user's own values go over that once more, and `unvalidatedValues` comes last.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.charts.checks import check
from meshctl.charts.components import COMPONENTS, Component, ComponentKind
from meshctl.charts.errors import InstallationUsageError, InvalidInstallationError
from meshctl.charts.operator_files import read_operators
from meshctl.charts.profiles import profile
from meshctl.charts.set_flags import Assignment, assign, chooses_gateway, parse_assignment
from meshctl.charts.trees import Tree, mapping_at, nested, overlaid, text_at, value_at
from meshctl.model.resource import Resource

HUB = "docker.io/istio"
"""The registry of Istio's released images."""

TAG = "1.31.0"
"""The release that the charts install."""

NAMESPACE = "istio-system"

_GKE: Tree = {
    "components": {"cni": {"namespace": "kube-system"}},
    "values": {"global": {"platform": "gke"}, "cni": {"resourceQuotas": {"enabled": False}}},
}
"""What a cluster of Google Kubernetes Engine needs, below the user's own settings."""

_VALUES = {
    "hub": ("global", "hub"),
    "tag": ("global", "tag"),
    "revision": ("revision",),
    "compatibilityVersion": ("compatibilityVersion",),
    "meshConfig": ("meshConfig",),
}
"""Fields of `spec` that are other names of values."""

_ENABLED = {"pilot": ("pilot", "enabled"), "cni": ("pilot", "cni", "enabled")}
"""Values that say whether a component is there."""

_KUBERNETES_VALUES = {
    "replicaCount": "replicaCount",
    "hpaSpec.minReplicas": "autoscaleMin",
    "hpaSpec.maxReplicas": "autoscaleMax",
}
"""Settings of a Deployment under `k8s` that the charts know as values."""

_MAPPINGS = frozenset({"base", "cni", "gateways", "global", "meshConfig", "pilot", "telemetry", "ztunnel"})
"""Values that hold other values."""

_CPU = ("resources.limits.cpu", "resources.requests.cpu")


@dataclass(frozen=True, slots=True)
class Installation:
    """What is to be installed: the merged IstioOperator, and the components that are switched on.

    `warnings` are lines for the user about settings that are doubtful or have no effect.
    """

    operator: Tree
    components: tuple[Component, ...]
    warnings: tuple[str, ...] = ()
    package: str = ""

    @property
    def name(self) -> str:
        """The name that the user gave the IstioOperator; empty without one."""
        return text_at(self.operator, "metadata.name")

    @property
    def namespace(self) -> str:
        """The namespace of the control plane."""
        return text_at(self.operator, "metadata.namespace") or NAMESPACE

    @property
    def revision(self) -> str:
        """The revision; empty for the default one."""
        return text_at(self.values, "revision")

    @property
    def profile(self) -> str:
        """The profile that it starts from."""
        return text_at(self.operator, "spec.profile") or "default"

    @property
    def values(self) -> Mapping[str, Any]:
        """The values that all components share."""
        return mapping_at(self.operator, "spec.values")


def resolve(
    files: Iterable[str] = (),
    sets: Sequence[str] = (),
    *,
    revision: str = "",
    package: str = "",
    server_version: str = "",
    force: bool = False,
) -> Installation:
    """Reads and merges what was asked for, checks it, and gives the components with their values.

    `files` are paths of IstioOperators, `sets` assignments (`path=value`), `package` a folder with charts and profiles
    that replaces ours, `server_version` the version text of the cluster, from which Google's clusters are told.

    Raises `InstallationError` for input that cannot be read, `InvalidInstallationError` for a wrong IstioOperator; with
    `force` the problems become warnings.
    """
    operators = read_operators(files)
    assignments = _assignments(sets, revision, package)
    user = _user_settings(operators, assignments)
    package = text_at(user, "spec.installPackagePath")
    merged = _with_values(_merged(user, package, server_version), user)
    problems, warnings = check(merged, operators, assignments)
    if problems and not force:
        raise InvalidInstallationError(problems)
    # `unvalidatedValues` is for values that the charts know and the checks above do not.
    extra = mapping_at(merged, "spec.unvalidatedValues")
    if extra:
        merged["spec"]["values"] = overlaid(mapping_at(merged, "spec.values"), extra)
    components = tuple(_components(merged, user))
    return Installation(merged, components, (*problems, *warnings), package)


def merged_operator(files: Iterable[str] = (), sets: Sequence[str] = (), *, package: str = "") -> Tree:
    """The IstioOperator that the user's files and flags make on top of their profile, unchecked and as it is written.

    Raises `InstallationError` for input that cannot be read.
    """
    user = _user_settings(read_operators(files), _assignments(sets, "", package))
    return _merged(user, text_at(user, "spec.installPackagePath"), "")


def _user_settings(operators: Sequence[Resource], assignments: Sequence[Assignment]) -> Tree:
    """The user's files in their order, with the flags applied to them."""
    user: Tree = {}
    for operator in operators:
        user = overlaid(user, operator.data)
    spec = user.get("spec") or {}
    if not isinstance(spec, dict):
        raise InvalidInstallationError(["spec must be a mapping"])
    user["spec"] = copy.deepcopy(spec)
    values = user["spec"].get("values")
    if values is not None and not isinstance(values, dict):
        raise InvalidInstallationError(["spec.values must be a mapping"])
    for assignment in assignments:
        if chooses_gateway(assignment):
            _bring_gateways(user["spec"], str(assignment.steps[1]), assignments)
        assign(user["spec"], assignment)
        if assignment.steps == ("values",) and assignment.value is not None:
            raise InstallationUsageError(f"--set {assignment.shown}: spec.values must be a mapping")
    # A generator of files leaves null where it has nothing to say; charts would look into it in vain.
    values = user["spec"].get("values") or {}
    user["spec"]["values"] = {key: value for key, value in values.items() if value is not None or key not in _MAPPINGS}
    return user


def _bring_gateways(spec: Tree, name: str, assignments: Sequence[Assignment]) -> None:
    """Gives the user the profile's list of gateways to change, unless there is one of their own."""
    components = spec.get("components")
    if isinstance(components, dict) and name in components:
        return
    settings: Tree = {key: spec.get(key) for key in ("profile", "installPackagePath")}
    for assignment in assignments:
        if assignment.path in settings:
            settings[assignment.path] = assignment.value
    base = profile(text_at(settings, "profile"), text_at(settings, "installPackagePath"))
    found = value_at(base, f"spec.components.{name}")
    if isinstance(found, list):
        spec["components"] = overlaid(components or {}, {name: copy.deepcopy(found)})


def _merged(user: Tree, package: str, server_version: str) -> Tree:
    """The user's settings on everything that lies below them."""
    return overlaid(_base(text_at(user, "spec.profile"), package, server_version), user)


def _assignments(sets: Sequence[str], revision: str, package: str) -> list[Assignment]:
    from meshctl.charts.value_types import type_of

    found = [parse_assignment(text, type_of) for text in sets]
    if package:
        found.append(
            Assignment(f"installPackagePath={package}", "installPackagePath", ("installPackagePath",), package)
        )
    if revision and revision != "default":
        found.append(Assignment(f"revision={revision}", "revision", ("revision",), revision))
    return found


def _base(profile_name: str, package: str, server_version: str) -> Tree:
    """Everything that lies below the user's settings."""
    base = profile(profile_name, package)
    if "-gke" in server_version:
        base = overlaid(base, {"spec": _GKE})
    return overlaid(base, {"spec": {"hub": HUB, "tag": TAG}})


def _with_values(merged: Tree, user: Tree) -> Tree:
    """The IstioOperator with the settings that stand for values copied to them, below the user's own values."""
    spec = mapping_at(merged, "spec")
    values = dict(mapping_at(merged, "spec.values"))
    for name, way in _VALUES.items():
        if spec.get(name) is not None:
            values = overlaid(values, nested(way, spec[name]))
    for name, way in _ENABLED.items():
        enabled = value_at(spec, f"components.{name}.enabled")
        if isinstance(enabled, bool):
            values = overlaid(values, nested(way, enabled))
    values = overlaid(values, mapping_at(user, "spec.values"))
    merged = {**merged, "spec": {**spec, "values": values}}
    namespace = text_at(values, "global.istioNamespace")
    return overlaid(merged, {"metadata": {"namespace": namespace}}) if namespace else merged


def _components(operator: Tree, user: Tree) -> Iterable[Component]:
    for kind in COMPONENTS:
        for entry in _entries(kind, operator):
            yield _component(kind, entry, operator, user)


def _entries(kind: ComponentKind, operator: Tree) -> list[Mapping[str, Any]]:
    """What `spec.components` says about each component of a kind that is switched on."""
    found = value_at(operator, f"spec.components.{kind.name}")
    forced = kind.gateways and value_at(operator, f"spec.values.{kind.root}.enabled") is True
    if found is None:
        return [{}] if kind.enabled or forced else []
    entries = found if kind.many and isinstance(found, list) else [found]
    return [
        entry if isinstance(entry, dict) else {}
        for entry in entries
        if forced or not isinstance(entry, dict) or entry.get("enabled") in (None, True)
    ]


def _component(kind: ComponentKind, entry: Mapping[str, Any], operator: Tree, user: Tree) -> Component:
    values = overlaid(mapping_at(operator, "spec.values"), nested(kind.root.split("."), _own_values(kind, entry)))
    own = value_at(user, f"spec.values.{kind.root}")
    if isinstance(own, dict):
        values = overlaid(values, nested(kind.root.split("."), own))
    values = overlaid(values, mapping_at(user, "spec.unvalidatedValues"))
    if kind.name == "ztunnel":
        values = _flat(values)
    k8s = entry.get("k8s")
    namespace = text_at(entry, "namespace") or text_at(operator, "metadata.namespace") or NAMESPACE
    name = (text_at(entry, "name") or kind.root.rpartition(".")[2]) if kind.gateways else kind.name
    return Component(kind, name, namespace, values, k8s if isinstance(k8s, dict) else {})


def _own_values(kind: ComponentKind, entry: Mapping[str, Any]) -> Tree:
    """The values that the settings of a component stand for, below its root."""
    found: Tree = {}
    for name in ("hub", "tag"):
        if entry.get(name) not in (None, ""):
            found[name] = entry[name]
    if kind.gateways:
        if text_at(entry, "name"):
            found["name"] = entry["name"]
        label = mapping_at(entry, "label")
        if label:
            found["labels"] = dict(label)
        ports = value_at(entry, "k8s.service.ports")
        if ports is not None:
            found["ports"] = ports
    if kind.workload == "Deployment":
        for path, name in _KUBERNETES_VALUES.items():
            value = value_at(entry, f"k8s.{path}")
            if value is not None:
                found[name] = value
    if kind.workload:
        for path in _CPU:
            value = value_at(entry, f"k8s.{path}")
            if value is not None:
                found = overlaid(found, nested(path.split("."), value))
    return found


def _flat(values: Tree) -> Tree:
    """The values of the ztunnel chart, which knows its own without their prefix: no mapping but `global` is shared."""
    shared = {key: value for key, value in values.items() if key == "global" or not isinstance(value, dict)}
    own = values.get("ztunnel")
    return {**shared, **own} if isinstance(own, dict) else shared
