"""`kube-inject` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.run import Done, meshctl

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: [{name: c, image: i}]}\n"
GOOD, BAD = POD % "good", POD % "bad, annotations: {sidecar.istio.io/proxyCPU: lots}"
OUT = POD % "out, labels: {sidecar.istio.io/inject: 'false'}"
SERVICE = "# kept   as it is\napiVersion: v1\nkind: Service\nmetadata:   {name: s}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.yaml").write_text(f"{SERVICE}---\n{GOOD}")
    (tmp_path / "in" / "b.yaml").write_text(OUT)
    return tmp_path / "in"


def kube_inject(*arguments: str, stdin: str = "") -> Done:
    return meshctl("kube-inject", *arguments, stdin=stdin)


def objects(text: str) -> list[dict[str, Any]]:
    return [item for item in yaml.safe_load_all(text) if item]


def containers(item: dict[str, Any]) -> list[str]:
    return [container["name"] for container in item["spec"]["containers"]]


def test_documents_keep_their_order_and_those_without_proxy_their_text(folder: Path) -> None:
    done = kube_inject("-f", str(folder))
    assert done.code == 0
    assert done.out.startswith(f"{SERVICE}---\n")
    assert done.out.endswith(f"---\n{OUT}")
    assert containers(objects(done.out)[1]) == ["c", "istio-proxy"]
    assert done.err.splitlines() == [
        "Pod good: injected: the policy of the configuration is enabled",
        "Pod out: skipped: its label sidecar.istio.io/inject is false",
    ]


def test_the_alias_and_standard_input() -> None:
    done = meshctl("inject", "-f", "-", stdin=GOOD)
    assert containers(objects(done.out)[0]) == ["c", "istio-proxy"]
    assert meshctl("inject", "-f", "-", stdin="").out == ""


def test_comments_in_front_of_a_document_stay() -> None:
    done = kube_inject("-f", "-", stdin=f"# Licence\n\n# second line\n{GOOD}")
    assert done.out.startswith("# Licence\n# second line\napiVersion: v1\n")


def test_output_is_a_file_that_is_whole_or_not_touched(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    done = kube_inject("-f", str(folder), "-o", str(out))
    assert (done.code, done.out) == (0, "")
    assert len(objects(out.read_text())) == 3
    out.write_text("old")
    assert kube_inject("-f", "-", "-o", str(out), stdin=BAD).code == 65
    assert out.read_text() == "old"
    gone = kube_inject("-f", str(folder), "-o", str(tmp_path / "no" / "where.yaml"))
    assert gone.code == 1
    assert "where.yaml cannot be written" in gone.err
    assert "Traceback" not in gone.err


def test_keep_going_writes_what_can_be_written() -> None:
    stdin = f"{GOOD}---\n{BAD}---\na: [\n---\n{SERVICE}"
    done = kube_inject("-f", "-", "--keep-going", stdin=stdin)
    assert done.code == 65
    assert "istio-proxy" in done.out
    assert BAD in done.out
    assert done.out.endswith(SERVICE)
    assert len([line for line in done.err.splitlines() if ": document " in line]) == 2


def test_check_writes_nothing_and_tells_by_its_exit_code(folder: Path, tmp_path: Path) -> None:
    done = kube_inject("-f", str(folder), "--check")
    assert (done.code, done.out) == (79, "")
    assert "Pod good: would be injected" in done.err
    injected = tmp_path / "injected.yaml"
    kube_inject("-f", str(folder), "-o", str(injected))
    assert kube_inject("-f", str(injected), "--check").code == 0
    assert kube_inject("-f", "-", "--check", stdin=BAD).code == 79
    assert kube_inject("-f", str(injected), "--check", "--remove").code == 79
    assert kube_inject("-f", "-", "--check", "--remove", stdin=GOOD).code == 0


def test_remove_gives_back_what_was_injected(folder: Path) -> None:
    probe = "{httpGet: {path: /x, port: 8080}}"
    text = GOOD.replace("image: i", f"image: i, ports: [{{containerPort: 8080, name: http}}], readinessProbe: {probe}")
    (folder / "b.yaml").write_text(text)
    injected = kube_inject("-f", str(folder)).out
    removed = kube_inject("--remove", "-f", "-", stdin=injected)
    assert objects(removed.out) == objects(f"{SERVICE}---\n{GOOD}---\n{text}")
    assert "Pod good: removed: its sidecar is taken out" in removed.err
    assert "before injection" not in removed.out
    again = kube_inject("-f", "-", stdin=injected)
    assert objects(again.out) == objects(injected)


def test_no_annotation_is_added_that_the_control_plane_does_not_know() -> None:
    text = GOOD.replace(
        "image: i", "image: i, ports: [{containerPort: 1, name: a}], livenessProbe: {tcpSocket: {port: 1}}"
    )
    (item,) = objects(kube_inject("-f", "-", stdin=text).out)
    assert {name for name in item["metadata"]["annotations"] if not name.startswith("prometheus.io/")} == {
        "istio.io/rev", "kubectl.kubernetes.io/default-container", "kubectl.kubernetes.io/default-logs-container",
        "sidecar.istio.io/status",
    }  # fmt: skip


def test_json(folder: Path) -> None:
    done = kube_inject("-f", "-", "--format", "json", stdin=GOOD)
    assert containers(json.loads(done.out)) == ["c", "istio-proxy"]
    several = json.loads(kube_inject("-f", str(folder), "--format", "json").out)
    assert [item["kind"] for item in several["items"]] == ["Service", "Pod", "Pod"]


def test_the_report_is_complete() -> None:
    host = POD % "host, namespace: shop" + "  "
    stdin = f"{GOOD}---\n{BAD}---\n{host.replace('spec: {', 'spec: {hostNetwork: true, ')}"
    report = json.loads(kube_inject("-f", "-", "--report", "json", stdin=stdin).err)
    assert [(entry["workload"], entry["result"], entry.get("rule")) for entry in report] == [
        ("Pod good", "injected", "policy"),
        ("Pod bad", "failed", None),
        ("Pod shop/host", "skipped", "host-network"),
    ]
    assert [entry["line"] for entry in report] == [1, 6, 11]
    assert "proxyCPU" in report[1]["problem"]


def test_quiet_leaves_only_errors() -> None:
    assert kube_inject("-f", "-", "-q", stdin=GOOD).err == ""
    assert kube_inject("-f", "-", "--quiet", stdin=BAD).err.count("\n") == 1


def test_warnings() -> None:
    ports = "ports: [{containerPort: 53, protocol: UDP}, {containerPort: 15001}]"
    done = kube_inject("-f", "-", stdin=GOOD.replace("image: i", f"image: i, {ports}"))
    assert "Pod good: warning: UDP does not pass through the proxy: c:53" in done.err
    assert "Pod good: warning: port 15001 of container c belongs to the proxy" in done.err


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message"),
    [
        ([], "", 64, "nothing to inject into"),
        (["-f", "-", "--format", "xml"], "", 64, "--format"),
        (["-f", "-", "--report", "xml"], "", 64, "--report"),
        (["-f", "-", "--nope"], "", 64, "--nope"),
        (["-f", "-", "--set", "a"], GOOD, 64, "--set"),
        (["-f", "gone.yaml"], "", 65, "gone.yaml"),
        (["-f", "-", "--valuesFile", "gone.yaml"], GOOD, 65, "gone.yaml"),
        (["-f", "-"], "a: [\n", 65, "document 1"),
        (["-f", "-"], "- a\n", 65, "no mapping"),
        (["-f", "-"], "just text\n", 65, "no mapping"),
        (["-f", "-"], "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: r}\n", 65, "no pod template"),
        (["-f", "-"], GOOD[: GOOD.index("spec")] + "spec: 1\n", 65, "spec must be a mapping"),
        (["-f", "-"], GOOD.replace("{name: good}", "{name: x, annotations: {inject.istio.io/templates: nope}}"), 65,
         "there is no injection template 'nope'"),
        (["-f", "-"], GOOD.replace("{name: good}", "{name: x, annotations: {inject.istio.io/templates: waypoint}}"), 65,
         "made for Gateways"),
    ],
)  # fmt: skip
def test_errors(arguments: list[str], stdin: str, code: int, message: str) -> None:
    done = kube_inject(*arguments, stdin=stdin)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_errors_of_templates_name_line_and_expression(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("templates:\n  sidecar: |\n    metadata:\n      name: {{ .Spec.Nope }}\n  b: '{{ if }}'\n")
    done = kube_inject("-f", "-", "--injectConfigFile", str(config), stdin=GOOD)
    assert (done.code, done.out) == (65, "")
    assert f"template 'b' in {config} cannot be read: template: inject:1:" in done.err
    config.write_text("policy: enabled\ntemplates:\n  sidecar: |\n    metadata:\n      name: {{ .Spec.Nope }}\n")
    done = kube_inject("-f", "-", "--injectConfigFile", str(config), stdin=GOOD)
    assert "template: inject:2:" in done.err
    assert "<.Spec.Nope>" in done.err
    assert "line 2: name: {{ .Spec.Nope }}" in done.err


def test_what_manifest_generate_writes_is_a_configuration(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(meshctl("manifest", "generate", "--set", "hub=captured", "-r", "canary").out)
    whole = kube_inject("-f", "-", "-r", "canary", "--injectConfigFile", str(manifest), stdin=GOOD)
    assert "image: captured/proxyv2" in whole.out
    maps = {
        item["metadata"]["name"]: item["data"] for item in objects(manifest.read_text()) if item["kind"] == "ConfigMap"
    }
    texts = {
        "--injectConfigFile": maps["istio-sidecar-injector-canary"]["config"],
        "--valuesFile": maps["istio-sidecar-injector-canary"]["values"],
        "--meshConfigFile": maps["istio-canary"]["mesh"],
    }
    flags = []
    for flag, text in texts.items():
        (tmp_path / flag).write_text(text)
        flags += [flag, str(tmp_path / flag)]
    parts = kube_inject("-f", "-", "-r", "canary", *flags, stdin=GOOD)
    assert parts.out == whole.out
    assert objects(kube_inject("-f", "-", "-r", "canary", "--set", "hub=captured", stdin=GOOD).out) == objects(
        whole.out
    )
