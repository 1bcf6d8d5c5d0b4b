"""From an IstioOperator to Helm: values and a script for each component, and what Helm's charts cannot say.

The scripts first give the objects of a running installation to Helm, so that it takes them over instead of refusing.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meshctl.charts.components import Component
from meshctl.charts.installation import TAG, Installation
from meshctl.charts.patches import apply
from meshctl.charts.trees import Tree
from meshctl.documents import write_yaml, write_yaml_all

REPOSITORY = "https://istio-release.storage.googleapis.com/charts"
"""Where Istio publishes its charts."""

Render = Callable[[Component], Sequence[Mapping[str, Any]]]
"""Renders the chart of a component, without the changes of its IstioOperator settings."""


@dataclass(slots=True)
class Migration:
    """The files of a migration by name; those of `scripts` are to be executable."""

    files: dict[str, str] = field(default_factory=dict)
    scripts: set[str] = field(default_factory=set)


def migrate(installation: Installation, render: Render) -> Migration:
    """The files that move an installation to Helm.

    Gateways are left out: Helm's gateway chart makes other objects than the installer does.
    """
    found = Migration()
    lines = ["# Moving this installation to Helm", ""]
    for component in installation.components:
        if component.kind.gateways:
            lines.append(
                f"- {component}: stays where it is. Install a new gateway with Istio's chart `gateway` beside it."
            )
            continue
        name = component.name
        plain = list(render(component))
        changed = apply(component, plain).objects
        found.files[f"{name}-values.yaml"] = write_yaml(_written(component.values))
        found.files[f"install-{name}.sh"] = _script(component, plain)
        found.scripts.add(f"install-{name}.sh")
        line = f"- {name}: look at `{name}-values.yaml`, then run `./install-{name}.sh`."
        if changed != plain:
            found.files[f"diff-{name}-helm-output.yaml"] = write_yaml_all(plain)
            found.files[f"diff-{name}-istioctl-output.yaml"] = write_yaml_all(changed)
            line += (
                f" Settings under `k8s` have no counterpart in the chart: compare `diff-{name}-helm-output.yaml`"
                f" with `diff-{name}-istioctl-output.yaml`."
            )
        lines.append(line)
    found.files["README.md"] = "\n".join(lines) + "\n"
    return found


def _written(values: Mapping[str, Any]) -> Tree:
    """The values without mappings that say nothing."""
    found: Tree = {}
    for key, value in values.items():
        kept = _written(value) if isinstance(value, dict) else value
        if kept != {}:
            found[key] = kept
    return found


def _script(component: Component, objects: Sequence[Mapping[str, Any]]) -> str:
    lines = ["#!/bin/sh", "set -eu", ""]
    for target in _targets(objects):
        lines.append(
            f"kubectl annotate {target} --overwrite meta.helm.sh/release-name={shlex.quote(component.name)} "
            f"meta.helm.sh/release-namespace={shlex.quote(component.namespace)}"
        )
        lines.append(f"kubectl label {target} --overwrite app.kubernetes.io/managed-by=Helm")
    lines.append(
        f"helm upgrade --install {shlex.quote(component.name)} {component.chart} --repo {REPOSITORY} --version {TAG} "
        f'--namespace {shlex.quote(component.namespace)} --values "$(dirname "$0")/{component.name}-values.yaml"'
    )
    return "\n".join(lines) + "\n"


def _targets(objects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Kind, name and namespace of each object, as arguments of kubectl."""
    for item in objects:
        group, slash, _ = str(item.get("apiVersion", "")).partition("/")
        kind = str(item.get("kind", "")).lower()
        metadata = item.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if not kind or not isinstance(name, str):
            continue
        target = f"{shlex.quote(f'{kind}.{group}' if slash else kind)} {shlex.quote(name)}"
        namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
        yield f"{target} --namespace {shlex.quote(namespace)}" if isinstance(namespace, str) else target
