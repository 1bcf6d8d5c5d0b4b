"""Charts and profiles of a folder in the form of an official release (`release/`), rendered as Helm does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from meshctl.charts.chart import chart
from meshctl.charts.installation import resolve
from meshctl.charts.package import chart_folder
from meshctl.charts.rendering import Release, render
from meshctl.charts.target import Target
from meshctl.cli.app import run

RELEASE = Path(__file__).parent / "release"

CHARTS = ("base", "istiod", "istio-ingress", "istio-egress", "cni", "ztunnel")

TARGET = Target("v1.36.0")
"""What the Helm of the tests believes to render for."""

VALUES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "profile": {"profile": "tiny", "global": {"platform": "openshift"}},
    "global profile": {"global": {"profile": "tiny", "variant": "debug", "imagePullSecrets": ["a", "b"]}},
    "platform": {"platform": "openshift", "compatibilityVersion": "1.30"},
    "prefixed": {"pilot": {"autoscaleEnabled": False, "replicaCount": 2, "env": {"A": True, "B": 1}},
                 "cni": {"env": {"A": "b"}, "excludeNamespaces": ["x", "y"]}},
    "not prefixed": {"autoscaleEnabled": False, "replicaCount": 3, "env": {"A": 1.5}, "traceSampling": 0.01},
    "revision": {"revision": "canary", "revisionTags": ["a", "b"]},
    "mesh": {"meshConfig": {"rootNamespace": "root", "defaultConfig": {"tracing": {"sampling": 1.0}}},
             "global": {"meshNetworks": {"net": {"endpoints": [{"fromRegistry": "c"}]}}}},
    "own templates": {"sidecarInjectorWebhook": {"templates": {"sidecar": "a: {{ b }}\n", "mine": "c: d\n\ne: f"},
                                                 "defaultTemplates": ["sidecar", "mine"]}},
    "templated": {"pilot": {"initContainers": [{"name": "{{ .Release.Name }}", "image": "{{ .Values.global.hub }}/x"}],
                            "podAnnotations": {"a": "b: c"}, "extraContainerArgs": ["--a", '"b"']}},
    "deprecated": {"global": {"mtls": {"enabled": True}, "proxy": {"concurrency": 2}}},
    "kinds": {"base": {"excludedCRDs": ["pears.fruit.example"]}},
    "kinds as they are": {"base": {"enableCRDTemplates": False}, "defaultRevision": ""},
    "null": {"global": {"variant": None}, "traceSampling": None},
    "gateways": {"gateways": {"istio-ingressgateway": {"name": "x", "ports": [{"port": 15021, "name": "status"}],
                                                       "serviceAnnotations": {"a": "b"}, "labels": {"v": "1"}}}},
}  # fmt: skip


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("case", VALUES)
def test_helm_renders_the_same(name: str, case: str) -> None:
    values = VALUES[case]
    folder = chart_folder(name, str(RELEASE))
    theirs = helm_python.Chart.load(str(folder)).render(values, name="istio", namespace="istio-system")
    ours = render(chart(name, str(RELEASE)), values, Release("istio", "istio-system"), TARGET)
    found = {path.partition("/")[2]: text.strip() for path, text in theirs.items()}
    assert {path: text.strip() for path, text in ours.items() if text.strip() or path in found} == found


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"profile": "nosuch"}, "unknown profile nosuch"),
        ({"platform": "moon"}, "unknown platform moon"),
        ({"compatibilityVersion": "1.2"}, "unknown compatibility version 1.2"),
        ({"image": ""}, "image is needed"),
        ({"pilot": {"autoscaleMin": 101}}, "autoscaleMin"),
        ({"meshConfig": "text"}, "meshConfig"),
    ],
    ids=str,
)
def test_values_that_are_refused(values: dict[str, Any], message: str) -> None:
    folder = chart_folder("istiod", str(RELEASE))
    with pytest.raises(Exception, match=message):
        helm_python.Chart.load(str(folder)).render(values, name="istio", namespace="istio-system")
    with pytest.raises(Exception, match=message) as caught:
        render(chart("istiod", str(RELEASE)), values, Release("istio", "istio-system"), TARGET)
    assert "\n" not in str(caught.value)


def kinds(text: str) -> list[str]:
    return sorted(f"{item['kind']} {item['metadata']['name']}" for item in yaml.safe_load_all(text) if item)


NODES = ["ConfigMap istio-cni-config", "DaemonSet istio-cni-node", "DaemonSet ztunnel",
         "NetworkAttachmentDefinition istio-cni"]  # fmt: skip

BASE = ["ConfigMap files", "CustomResourceDefinition apples.fruit.example",
        "CustomResourceDefinition pears.fruit.example", "ServiceAccount istio-reader-service-account"]  # fmt: skip

ISTIOD = ["ConfigMap istio", "ConfigMap istio-sidecar-injector", "ConfigMap values", "Deployment istiod"]

INGRESS = ["Deployment istio-ingressgateway", "Service istio-ingressgateway"]

EGRESS = ["Deployment istio-egressgateway", "Service istio-egressgateway"]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("default", [*BASE, *ISTIOD, *INGRESS]),
        ("tiny", [*BASE, *ISTIOD]),
        ("mesh-on-nodes", [*BASE, *ISTIOD, *INGRESS, *EGRESS, *NODES]),
    ],
)
@pytest.mark.parametrize("folder", [RELEASE, RELEASE / "manifests"], ids=["release", "manifests"])
def test_profiles_of_a_release_are_rendered(
    folder: Path, profile: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["manifest", "generate", "-d", str(folder), "--set", f"profile={profile}"]) == 0
    out, err = capsys.readouterr()
    assert kinds(out) == sorted(expected)
    assert err == "Warning: base: without a default revision nothing validates.\n"


def test_settings_go_to_the_charts_of_a_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operator = tmp_path / "operator.yaml"
    operator.write_text(
        "kind: IstioOperator\nspec:\n  hub: mine.example\n"
        "  components: {pilot: {k8s: {nodeSelector: {a: b}}}}\n"
        "  values: {defaultRevision: x, global: {mtls: {enabled: true}}}\n"
    )
    assert run(["manifest", "generate", "-d", str(RELEASE), "-f", str(operator)]) == 65
    assert "global" in capsys.readouterr().err
    arguments = ["manifest", "generate", "-d", str(RELEASE), "-f", str(operator), "--force", "-r", "canary"]
    assert run(arguments) == 0
    out, err = capsys.readouterr()
    objects = {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(out) if item}
    pod = objects["Deployment", "istiod-canary"]["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"a": "b"}
    assert pod["containers"][0]["image"] == "mine.example/pilot:1.31.0"
    values = json.loads(objects["ConfigMap", "istio-sidecar-injector-canary"]["data"]["values"])
    assert values["global"]["futureSetting"] == "known to these charts alone"
    assert values["pilot"]["cni"] == {"enabled": False, "provider": "default"}
    assert "deprecated; use a PeerAuthentication" in err


def test_profiles_of_a_release_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert resolve(package=str(RELEASE), sets=["profile=tiny"]).profile == "tiny"
    assert run(["manifest", "generate", "-d", str(RELEASE), "--set", "profile=demo"]) == 64
    assert "use one of default, mesh-on-nodes, tiny" in capsys.readouterr().err


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the release with one file changed, below the chart istiod."""

    def change(path: str, text: str) -> Path:
        shutil.copytree(RELEASE, tmp_path / "release")
        file = tmp_path / "release/manifests/charts/istio-control/istio-discovery" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return tmp_path / "release"

    return change


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("charts/inner.tgz", "", "a chart in one file"),
        ("charts/inner/values.yaml", "", "inner/Chart.yaml cannot be read"),
        ("Chart.yaml", "name: istiod\nversion: 1.0.0\ndependencies: [{name: a}]\n", "a is not in its folder charts"),
        ("Chart.yaml", "name: istiod\nversion: 1.0.0\ndependencies: [a]\n", "dependencies without a name"),
        ("Chart.yaml", "[", "Chart.yaml, line"),
        ("values.yaml", "a: [\n", "values.yaml, line"),
        ("values.schema.json", "{", "values.schema.json is no JSON"),
        ("values.schema.json", '{"type": "nothing"}', "is no schema"),
        (".helmignore", "files/**\n", "neither ** nor !!"),
        ("templates/x.yaml", "{{ if }}", "templates/x.yaml:1"),
        ("templates/x.yaml", "{{ nosuch }}", 'function "nosuch" not defined'),
        ("templates/x.yaml", "a: b: c", "istiod/templates/x.yaml gives no YAML"),
        ("templates/x.yaml", "text", "something else than objects"),
        ("templates/x.yaml", '{{ include "nosuch" . }}', "nosuch"),
        ("templates/x.yaml", "{{ .Values.a.b.c.d }}", "nil pointer"),
        ("templates/x.yaml", "{{ range until 100000000 }}{{ . }}{{ end }}", "cannot be rendered"),
        ("templates/x.yaml", '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}', "cannot be rendered"),
    ],
)
def test_a_broken_chart_ends_with_one_line(
    broken: Callable[[str, str], Path], path: str, text: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["manifest", "generate", "-d", str(broken(path, text))]) == 65
    out, err = capsys.readouterr()
    assert problem in err
    assert err.count("\n") == 1
    assert not out


def test_definitions_beside_the_templates_come_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As in charts of Istio before 1.24: their base chart has them in crds/, where no template is rendered."""
    shutil.copytree(RELEASE, tmp_path / "release")
    folder = tmp_path / "release/manifests/charts/base/crds"
    folder.mkdir()
    kind = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: %s}\n"
    (folder / "all.yaml").write_text(kind % "a.fruit.example" + "---\n" + kind % '"{{ b }}"')
    (folder / "README.md").write_text("not: [yaml")
    arguments = ["manifest", "generate", "-d", str(tmp_path / "release"), "--set", "profile=tiny"]
    assert run(arguments) == 0
    names = [item["metadata"]["name"] for item in yaml.safe_load_all(capsys.readouterr().out) if item]
    assert {"a.fruit.example", "{{ b }}"} <= set(names[:4])
    assert run([*arguments, "--set", "values.base.enableIstioConfigCRDs=false"]) == 0
    out, err = capsys.readouterr()
    assert "no effect" not in err, "it has one in these charts"
    assert "a.fruit.example" not in out
    assert "pears.fruit.example" in out


def test_a_chart_within_is_rendered_with_its_values(
    broken: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = broken("charts/inner/Chart.yaml", "name: inner\nversion: 1.0.0\n")
    folder = chart_folder("istiod", str(root)) / "charts/inner"
    files = {
        "values.yaml": "who: nobody\n",
        "templates/a.yaml": "kind: ConfigMap\nmetadata: {name: {{ .Chart.Name }}}\ndata: {who: {{ .Values.who }}}\n",
        "templates/NOTES.txt": "WARNING: not shown",
        "crds/a.yaml": "kind: CustomResourceDefinition\nmetadata: {name: a.inner.example}\n",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    operator = root / "operator.yaml"
    operator.write_text("kind: IstioOperator\nspec: {profile: tiny, unvalidatedValues: {inner: {who: me}}}\n")
    assert run(["manifest", "generate", "-d", str(root), "-f", str(operator)]) == 0
    out, err = capsys.readouterr()
    objects = [item for item in yaml.safe_load_all(out) if item]
    assert objects[0]["metadata"]["name"] == "a.inner.example"
    assert [item["data"] for item in objects if item["metadata"]["name"] == "inner"] == [{"who": "me"}]
    assert "not shown" not in err


def test_files_that_are_ignored_are_no_part_of_a_chart(broken: Callable[[str, str], Path]) -> None:
    lines = ("# comment", "", "*.md", "*.bak", "/files/a*", "docs/", "x/y.txt", "n?.txt", "[ab].txt", r"st\*r.txt")
    root = broken(".helmignore", "\n".join(lines))
    folder = chart_folder("istiod", str(root))
    names = (
        "README.md keep.md files/abc files/deep/abc docs/in/it.txt x/y.txt z/x/y.txt n1.txt n12.txt a.txt st*r.txt "
        "star.txt .hidden templates/.hidden.yaml"
    )
    (folder / "templates/list.yaml").write_text('{{ range $path, $_ := .Files.Glob "**" }}{{ $path }};{{ end }}')
    for name in names.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    (folder / ".helmignore").write_text("\n".join(lines))
    theirs = helm_python.Chart.load(str(folder)).render({}, name="a", namespace="b")["istiod/templates/list.yaml"]
    assert render(chart("istiod", str(root)), {}, Release("a", "b"), TARGET)["templates/list.yaml"] == theirs
    assert "keep.md" not in theirs
    # What a negated pattern does not match is ignored: here all that makes a chart.
    (folder / ".helmignore").write_text("!*.md\n")
    with pytest.raises(helm_python.HelmError):
        helm_python.Chart.load(str(folder))
    assert not render(chart("istiod", str(root)), {}, Release("a", "b"), TARGET)
