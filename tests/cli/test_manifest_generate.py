"""`meshctl manifest generate` and `manifest diff`, and that what we render is fine by our own checks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from meshctl.charts.profiles import profile_names
from meshctl.cli.app import run


def objects(text: str) -> list[tuple[str, str]]:
    return [(item["kind"], item["metadata"]["name"]) for item in yaml.safe_load_all(text) if item]


def test_generate_prints_every_object_with_a_separator(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["manifest", "generate", "--set", "profile=minimal"]) == 0
    out, err = capsys.readouterr()
    assert not err
    assert out.endswith("---\n")
    assert len(objects(out)) == 33


@pytest.mark.parametrize("command", ["manifest generate", "install", "upgrade", "verify-install"])
def test_revision_that_none_can_be_called_is_wrong_usage(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command.split(), "-r", "a_b"]) == 64
    assert "--revision cannot be 'a_b'" in capsys.readouterr().err


def test_generate_writes_a_file_or_a_file_per_component(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["manifest", "generate", "-o", str(tmp_path / "all.yaml")]) == 0
    assert len(objects((tmp_path / "all.yaml").read_text())) == 39
    assert run(["manifest", "generate", "-o", str(tmp_path / "parts")]) == 0
    written = sorted(path.name for path in (tmp_path / "parts").iterdir())
    assert written == ["base.yaml", "ingressGateways-istio-ingressgateway.yaml", "pilot.yaml"]
    assert run(["manifest", "generate", "-o", str(tmp_path / "none"), "--dry-run"]) == 0
    assert not (tmp_path / "none").exists()
    capsys.readouterr()


def test_generate_renders_charts_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path = tmp_path / "exported"
    assert run(["experimental", "export-charts", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "profiles")
    assert run(["experimental", "export-charts", str(tmp_path)]) == 1
    assert "not empty" in capsys.readouterr().err
    assert "# Replicas without an autoscaler" in (tmp_path / "charts/istiod/values.yaml").read_text()
    assert run(["manifest", "generate", "--set", "profile=demo"]) == 0
    built_in = capsys.readouterr().out
    assert run(["manifest", "generate", "--set", "profile=demo", "-d", str(tmp_path)]) == 0
    assert capsys.readouterr().out == built_in
    shutil.rmtree(tmp_path / "charts" / "istiod")
    assert run(["manifest", "generate", "-d", str(tmp_path)]) == 65
    assert "has no chart 'istiod'" in capsys.readouterr().err


def test_generate_applies_settings_and_overlays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operator = tmp_path / "operator.yaml"
    operator.write_text(
        "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec:\n  components:\n    pilot:\n      k8s:\n"
        "        env: [{name: A, value: b}]\n        overlays:\n        - kind: Deployment\n          name: istiod\n"
        "          patches: [{path: spec.template.spec.hostNetwork, value: true}]\n"
        "        - kind: Deployment\n          name: nosuch\n          patches: [{path: a, value: b}]\n"
    )
    assert run(["manifest", "generate", "-f", str(operator)]) == 0
    out, err = capsys.readouterr()
    (istiod,) = (
        item["spec"]["template"]["spec"]
        for item in yaml.safe_load_all(out)
        if item and item["kind"] == "Deployment" and item["metadata"]["name"] == "istiod"
    )
    assert istiod["hostNetwork"] is True
    assert istiod["containers"][0]["env"][0] == {"name": "A", "value": "b"}
    assert "nosuch" in err


def test_generate_tells_of_values_that_have_a_new_place(capsys: pytest.CaptureFixture[str]) -> None:
    address = "values.global.tracer.zipkin.address=zipkin:9411"
    assert run(["manifest", "generate", "--set", address]) == 0
    assert "global.tracer.zipkin.address is deprecated" in capsys.readouterr().err


def test_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before.yaml", tmp_path / "after"
    assert run(["manifest", "generate", "-o", str(before)]) == 0
    assert run(["manifest", "generate", "-o", str(after)]) == 0
    capsys.readouterr()
    assert run(["manifest", "diff", str(before), str(after)]) == 0
    assert not capsys.readouterr().out
    assert run(["manifest", "generate", "-o", str(before), "--set", "values.pilot.traceSampling=5"]) == 0
    capsys.readouterr()
    assert run(["manifest", "diff", str(before), str(after)]) == 79
    lines = capsys.readouterr().out.splitlines()
    assert any("apps/Deployment/istio-system/istiod" in line for line in lines)
    assert "-          value: '5'" in lines or '-          value: "5"' in lines
    assert run(["manifest", "diff", str(before), str(tmp_path / "nosuch")]) == 65


@pytest.mark.parametrize("profile", [name for name in profile_names() if name != "empty"])
def test_our_own_checks_find_nothing_in_what_we_render(
    profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "manifests.yaml"
    assert run(["manifest", "generate", "--set", f"profile={profile}", "-o", str(file)]) == 0
    capsys.readouterr()
    # Gateways carry the label on the Deployment too, as those of a real installation do; it only counts on the pods.
    known = "MESH0106=Deployment *.istio-system"
    arguments = ["analyze", "--use-kube=false", "--failure-threshold", "Warning", "--suppress", known, str(file)]
    assert run(arguments) == 0, capsys.readouterr()
