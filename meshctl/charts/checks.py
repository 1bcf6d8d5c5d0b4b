"""Checks of a merged IstioOperator; what is wrong is named where the user wrote it, in a file or a flag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from meshctl.charts.chart_values import known_to_charts
from meshctl.charts.components import COMPONENTS
from meshctl.charts.installation_rules import broken_rules
from meshctl.charts.set_flags import Assignment, Selector
from meshctl.charts.trees import Tree, value_at
from meshctl.messages import UNKNOWN_FIELD, Level, Message
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.resource import FieldPath, Resource, Source, format_path

_VALUES: FieldPath = ("spec", "values")

_COPIES: Mapping[FieldPath, FieldPath] = {
    ("spec", "values", "meshConfig"): ("spec", "meshConfig"),
    ("spec", "values", "global", "hub"): ("spec", "hub"),
    ("spec", "values", "global", "tag"): ("spec", "tag"),
    ("spec", "values", "revision"): ("spec", "revision"),
    ("spec", "values", "compatibilityVersion"): ("spec", "compatibilityVersion"),
}
"""Values that another field was copied to; what is wrong there is said where the user wrote it."""

_NO_EFFECT = {
    "spec.namespace": "the namespace of the control plane is values.global.istioNamespace",
    "spec.components.istiodRemote": "a remote cluster is installed with the profile remote",
}
"""Fields that are accepted although nothing reads them, with what to write instead."""


def _other_kinds(files: Iterable[Resource]) -> Iterator[str]:
    for file in files:
        kind = file.data.get("kind")
        if kind != ISTIO_OPERATOR.name:
            yield f"{file.source.file} holds a {kind}, which is read as if it were an {ISTIO_OPERATOR.name}"


def check(
    operator: Tree, files: Sequence[Resource], assignments: Sequence[Assignment]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Problems that make an IstioOperator wrong, and warnings about what is doubtful; each names its place."""
    from meshctl.schema.ineffective_values import NO_EFFECT
    from meshctl.schema.validators import validator_of
    from meshctl.schema.violations import violations

    # The kind of a file may be anything; it is read as an IstioOperator.
    data = {**operator, "apiVersion": ISTIO_OPERATOR.api_version, "kind": ISTIO_OPERATOR.name}
    merged = Resource(ISTIO_OPERATOR, "v1alpha1", "", "", data, Source(""))
    found: list[Message] = list(violations(merged))
    wrong = {message.path for message in found}
    validate = validator_of(ISTIO_OPERATOR)
    if validate is not None:
        found += [
            message for message in validate(merged) if not any(message.path[: len(path)] == path for path in wrong)
        ]
    problems: list[str] = []
    warnings = list(_other_kinds(files))
    told = {message.path for message in found}
    # What a package of another release says in its profiles is for its charts to judge, and so is what they read.
    package = bool(value_at(operator, "spec.installPackagePath"))
    for message in found:
        if _origin(message.path) in told:
            continue
        below = message.path[len(_VALUES) :]
        if message.path[: len(_VALUES)] == _VALUES and known_to_charts(below, merged.at(*message.path).value):
            continue
        if _is_of_daemon_set(message.path, merged.at(*message.path).value):
            continue
        unread = message.path[: len(_VALUES)] == _VALUES and ".".join(map(str, below)) in NO_EFFECT
        if package and (unread or not _written_by_user(message.path, files, assignments)):
            continue
        place = _place(message.path, files, assignments)
        text = f"{place}: {message.text}" + (f" ({message.hint})" if message.hint else "")
        # Istio reads mesh settings without minding fields that it does not know, so they do not stop an installation.
        tolerated = message.type is UNKNOWN_FIELD and "meshConfig" in message.path[:3]
        (problems if message.level is Level.ERROR and not tolerated else warnings).append(text)
    problems += broken_rules(operator, lambda path: _place(path, files, assignments), package=package)
    warnings += _without_effect(operator, files, assignments)
    return tuple(dict.fromkeys(problems)), tuple(dict.fromkeys(warnings))


def _is_of_daemon_set(path: FieldPath, value: object) -> bool:
    """Whether a field is the strategy that DaemonSets have and the schema, made for Deployments, does not know."""
    match path:
        case ("spec", "components", "cni" | "ztunnel", "k8s", "strategy", "type"):
            return value == "OnDelete"
    return False


def _origin(path: FieldPath) -> FieldPath | None:
    """The field that the one at a path was copied from."""
    for copy, origin in _COPIES.items():
        if path[: len(copy)] == copy:
            return origin + path[len(copy) :]
    return None


def _place(path: FieldPath, files: Sequence[Resource], assignments: Sequence[Assignment]) -> str:
    """Where the user wrote the field, or the nearest one around it."""
    for end in range(len(path), 1, -1):
        part = path[:end]
        for assignment in reversed(assignments):
            if _covers(assignment, part[1:]):
                return f"--set {assignment.shown}"
        for file in reversed(files):
            if file.at(*part).present:
                span = file.span(path)
                return f"{span.file}:{span.line}" if span else file.source.file
    return format_path(path) or "the IstioOperator"


def _written_by_user(path: FieldPath, files: Sequence[Resource], assignments: Sequence[Assignment]) -> bool:
    return any(_covers(assignment, path[1:]) for assignment in assignments) or any(
        file.at(*path).present for file in files
    )


def _covers(assignment: Assignment, path: FieldPath) -> bool:
    """Whether a flag wrote the field at a path, or a part of it."""
    steps = assignment.steps[: len(path)]
    return len(steps) == len(path) and all(
        isinstance(step, Selector) or (isinstance(step, int) and isinstance(at, int)) or step == at
        for step, at in zip(steps, path, strict=True)
    )


def _without_effect(operator: Tree, files: Sequence[Resource], assignments: Sequence[Assignment]) -> Iterator[str]:
    for path, hint in _NO_EFFECT.items():
        if value_at(operator, path) is not None:
            yield f"{_place(tuple(path.split('.')), files, assignments)}: {path} has no effect ({hint})"
    for file in files:
        namespace = value_at(file.data, "metadata.namespace")
        if namespace and namespace != value_at(operator, "metadata.namespace"):
            where = _place(("metadata", "namespace"), [file], ())
            yield f"{where}: metadata.namespace has no effect (set values.global.istioNamespace)"
    for kind in COMPONENTS:
        found = value_at(operator, f"spec.components.{kind.name}")
        entries = found if isinstance(found, list) else [found]
        for index, entry in enumerate(entries):
            if not isinstance(entry, dict):
                continue
            way: FieldPath = ("spec", "components", kind.name, *((index,) if kind.many else ()))
            place = _place(way, files, assignments)
            where = format_path(way)
            if kind.many and not entry.get("name"):
                name = kind.root.rpartition(".")[2]
                yield f"{place}: {where} has no name and is taken for {name} (a list replaces that of the profile)"
            if kind.many and entry.get("hub"):
                yield f"{place}: {where}.hub has no effect (gateways take their image from spec.hub)"
            k8s = entry.get("k8s")
            if not kind.workload and isinstance(k8s, dict):
                for name in (name for name, value in k8s.items() if name != "overlays" and value is not None):
                    yield f"{place}: {where}.k8s.{name} has no effect (this component runs nothing)"
                continue
            for name in ("volumes", "volumeMounts"):
                if isinstance(k8s, dict) and k8s.get(name):
                    yield f"{place}: {where}.k8s.{name} has no effect (write an overlay instead)"
            if kind.workload == "DaemonSet" and isinstance(k8s, dict) and k8s.get("replicaCount") is not None:
                yield f"{place}: {where}.k8s.replicaCount has no effect (a DaemonSet has one pod on each node)"
            if kind.workload == "DaemonSet" and value_at(entry, "k8s.strategy.type") == "Recreate":
                yield (
                    f"{place}: {where}.k8s.strategy.type Recreate is for a Deployment: the API server will refuse it "
                    "(a DaemonSet has RollingUpdate and OnDelete)"
                )
