"""`manifest generate` and `manifest translate` as a user runs them."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from tests.cli.run import meshctl


def test_objects_are_printed_each_with_a_line_behind_it() -> None:
    done = meshctl("manifest", "generate", "--set", "profile=minimal", "-r", "canary")
    assert done.code == 0
    assert done.err == ""
    assert done.out.endswith("\n---\n")
    objects = [item for item in yaml.safe_load_all(done.out) if item]
    assert len(objects) == 33
    assert "istiod-canary" in {item["metadata"]["name"] for item in objects if item["kind"] == "Deployment"}
    kinds = [item["kind"] for item in objects]
    assert kinds[0] == "CustomResourceDefinition"
    assert kinds[-1] == "Service"


def test_settings_below_k8s_reach_the_objects_and_idle_ones_are_told(tmp_path: Path) -> None:
    (tmp_path / "operator.yaml").write_text(
        """\
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: minimal
  meshConfig: {accessLogFiel: x}
  components:
    pilot:
      k8s:
        nodeSelector: {disk: ssd}
        overlays:
        - kind: Deployment
          name: nowhere
          patches: [{path: a, value: 1}]
"""
    )
    output = tmp_path / "out.yaml"
    done = meshctl("manifest", "generate", "-f", str(tmp_path / "operator.yaml"), "-o", str(output))
    assert done.code == 0
    assert done.out == f"{output}\n"
    assert "did you mean accessLogFile?" in done.err
    assert "nowhere" in done.err
    found = {item["kind"]: item for item in yaml.safe_load_all(output.read_text()) if item}
    assert found["Deployment"]["spec"]["template"]["spec"]["nodeSelector"] == {"disk": "ssd"}


def test_problems_end_the_run_unless_it_is_forced() -> None:
    flags = ("manifest", "generate", "--set", "values.pilot.autoscaleMinn=2", "--set", "profile=minimal")
    done = meshctl(*flags)
    assert done.code == 65
    assert done.err == (
        "meshctl: --set values.pilot.autoscaleMinn=2: IstioOperator spec.values.pilot has no field "
        '"autoscaleMinn" (did you mean autoscaleMin?) (--force goes on all the same)\n'
    )
    assert not done.out
    assert meshctl(*flags, "--force").out.startswith("apiVersion")


def test_an_installation_is_moved_to_helm(tmp_path: Path) -> None:
    folder = tmp_path / "helm"
    done = meshctl("manifest", "translate", "-s", "components.pilot.k8s.priorityClassName=high", "-o", str(folder))
    assert done.code == 0
    assert done.out == f"{folder}\n"
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "base-values.yaml",
        "diff-pilot-helm-output.yaml",
        "diff-pilot-istioctl-output.yaml",
        "install-base.sh",
        "install-pilot.sh",
        "pilot-values.yaml",
    }
    assert os.access(folder / "install-pilot.sh", os.X_OK)
    assert not os.access(folder / "pilot-values.yaml", os.X_OK) or os.geteuid() == 0
    assert "deployment.apps istiod --namespace istio-system" in (folder / "install-pilot.sh").read_text()


def test_exit_codes_tell_input_from_usage(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("spec: [\n")
    assert meshctl("manifest", "generate", "-f", str(broken)).code == 65
    assert meshctl("manifest", "generate", "-f", str(tmp_path / "missing.yaml")).code == 65
    assert meshctl("manifest", "generate", "--set", "profile=nosuch").code == 64
    assert meshctl("manifest", "generate", "--set", "a[0").code == 64
    assert meshctl("manifest", "generate", "--manifests", str(tmp_path)).code == 65


def test_folders_that_are_compared_may_hold_folders_and_pipes_named_like_files(tmp_path: Path) -> None:
    for name in ("before", "after"):
        (tmp_path / name / "base.yaml").mkdir(parents=True)
        os.mkfifo(tmp_path / name / "pipe.yaml")
        (tmp_path / name / "base.yaml" / "a.yaml").write_text("kind: ConfigMap\nmetadata: {name: a}\n")
    done = meshctl("manifest", "diff", "before", "after", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, "", "")
