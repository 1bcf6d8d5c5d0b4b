"""Moving an installation to Helm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from meshctl.charts.components import Component
from meshctl.charts.installation import resolve
from meshctl.charts.migration import Migration, migrate
from tests.charts.test_patches import deployment


def render(component: Component) -> Sequence[Mapping[str, Any]]:
    if component.name != "pilot":
        return [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "it's", "namespace": "istio-system"}}
        ]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "istiod"}}
    return [deployment(), role, {"kind": "Nameless"}]


def migration(tmp_path: Path, text: str) -> Migration:
    (tmp_path / "operator.yaml").write_text(f"kind: IstioOperator\n{text}")
    return migrate(resolve([str(tmp_path / "operator.yaml")]), render)


def test_each_component_gets_values_and_a_script(tmp_path: Path) -> None:
    found = migration(tmp_path, "spec: {values: {pilot: {autoscaleMin: 2}}}\n")
    assert set(found.files) == {
        "README.md",
        "base-values.yaml",
        "install-base.sh",
        "pilot-values.yaml",
        "install-pilot.sh",
    }
    assert found.scripts == {"install-base.sh", "install-pilot.sh"}
    values = yaml.safe_load(found.files["pilot-values.yaml"])
    assert values["pilot"] == {"enabled": True, "autoscaleMin": 2}
    assert values["defaultRevision"] == ""
    assert "gateways" not in values
    assert "istio-ingressgateway" in found.files["README.md"]


def test_the_script_hands_every_object_to_helm(tmp_path: Path) -> None:
    lines = migration(tmp_path, "").files["install-pilot.sh"].splitlines()
    assert lines[0] == "#!/bin/sh"
    assert any(line.startswith("kubectl annotate deployment.apps istiod") for line in lines)
    assert (
        "kubectl label clusterrole.rbac.authorization.k8s.io istiod --overwrite app.kubernetes.io/managed-by=Helm"
        in lines
    )
    assert lines[-1].startswith("helm upgrade --install pilot istiod ")
    base = migration(tmp_path, "").files["install-base.sh"]
    assert "kubectl annotate serviceaccount 'it'\"'\"'s' --namespace istio-system" in base


def test_what_the_chart_cannot_say_is_shown(tmp_path: Path) -> None:
    found = migration(tmp_path, "spec: {components: {pilot: {k8s: {nodeSelector: {a: b}}}}}\n")
    plain = found.files["diff-pilot-helm-output.yaml"]
    changed = found.files["diff-pilot-istioctl-output.yaml"]
    assert "nodeSelector" not in plain
    assert "nodeSelector" in changed
    assert "diff-pilot-helm-output.yaml" in found.files["README.md"]
