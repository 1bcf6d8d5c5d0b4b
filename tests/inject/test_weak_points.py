"""Where istioctl's `kube-inject` goes wrong, numbered as in the list of its weak points; each is done right here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meshctl.errors import MeshctlError
from meshctl.inject import builtin
from meshctl.inject.configuration import Request, load
from meshctl.inject.decision import Policy
from meshctl.inject.functions import append_multus_network, exclude_inbound_port
from meshctl.inject.injector import Injector
from meshctl.inject.manifests import as_yaml, injecting, process, removing
from meshctl.inject.settings import Config
from tests.cli.run import meshctl
from tests.inject.one_pod import BUILT_IN, container, injected, outcome, pod, read, variables, with_template

NASTY = "a\"b': {{ x }} &amp; \n- *y #"
SIDECAR = builtin.templates()["sidecar"]

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n"
BAD = POD.replace("name: p", "name: bad, annotations: {sidecar.istio.io/proxyCPU: lots}")


def names(found: dict[str, Any], key: str = "containers") -> list[str]:
    return [item["name"] for item in found["spec"].get(key, ())]


def removed(once: dict[str, Any]) -> dict[str, Any]:
    """An injected pod without its sidecar, when there is no record of what it was."""
    (found,) = process([("a", json.dumps({**pod(), **once}))], removing).documents
    assert not isinstance(found, str)
    return found.data


def test_row_01_the_input_may_be_the_output(tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(POD)
    assert meshctl("kube-inject", "-f", str(file), "-o", str(file)).code == 0
    assert "istio-proxy" in names(read(file.read_text()))
    file.write_text(BAD)
    assert meshctl("kube-inject", "-f", str(file), "-o", str(file)).code == 65
    assert file.read_text() == BAD
    assert [path.name for path in tmp_path.iterdir()] == ["app.yaml"]


def test_row_02_nothing_is_written_before_everything_is_rendered() -> None:
    done = meshctl("kube-inject", "-f", "-", stdin=f"{POD}---\n{BAD}")
    assert (done.code, done.out) == (65, "")


def test_row_03_unknown_fields_and_the_text_of_skipped_documents_survive() -> None:
    text = POD.replace("image: i", "image: i, newer: {deep: [1]}")
    assert container(read(as_yaml(process([("a", text)], injecting(Injector(BUILT_IN))))), "c")["newer"] == {
        "deep": [1]
    }
    skipped = "# why\n" + POD.replace("name: p", "name: p,   labels: {sidecar.istio.io/inject: 'false'} # so")
    assert as_yaml(process([("a", skipped)], injecting(Injector(BUILT_IN)))) == skipped


def test_row_04_kinds_of_other_groups_are_left_alone() -> None:
    text = "apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nspec: {minAvailable: 1, template: {spec: {}}}\n"
    found = process([("a", text)], injecting(Injector(BUILT_IN)))
    assert (as_yaml(found), found.accounts) == (text, [])


def test_row_05_the_metadata_of_a_cron_job_reaches_its_pods() -> None:
    job = read(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec:\n  jobTemplate:\n"
        "    metadata: {labels: {a: b}}\n"
        "    spec: {template: {metadata: {labels: {app: j}}, spec: {containers: [{name: c, image: i}]}}}\n"
    )
    found = injected(job)
    assert found["metadata"]["labels"]["security.istio.io/tlsMode"] == "istio"
    assert "sidecar.istio.io/status" in found["metadata"]["annotations"]
    template = job["spec"]["jobTemplate"]["spec"]["template"]
    template["metadata"]["labels"]["sidecar.istio.io/inject"] = "false"
    assert outcome(job).pod is None


def test_row_06_nothing_is_added_that_nobody_wrote() -> None:
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: " + POD[POD.index("spec:") :]
    data = read(text.replace("spec: {containers", "{spec: {containers").rstrip("\n") + "}}\n")
    done = meshctl("kube-inject", "-f", "-", stdin=json.dumps(data))
    found = read(done.out)
    assert set(found) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(found["spec"]) == {"template"}
    assert set(container(found["spec"]["template"], "c")) == {"name", "image"}


def test_row_07_errors_name_file_line_document_and_object(tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(f"{POD}---\n\n{BAD}")
    done = meshctl("kube-inject", "-f", str(file))
    assert f"{file}:7: document 2, Pod bad: annotation sidecar.istio.io/proxyCPU cannot be 'lots'" in done.err
    (tmp_path / "config.yaml").write_text("metadata:\n  annotations: {a: {{ .Values.no.such.thing }}}\n")
    file.write_text(POD.replace("p}", "p, annotations: {inject.istio.io/templates: other}}"))
    done = meshctl("kube-inject", "-f", str(file), "--injectConfigFile", str(tmp_path / "config.yaml"))
    assert "there is no injection template 'other'" in done.err
    assert "use one of sidecar" in done.err
    with pytest.raises(MeshctlError, match=r"line 2: ") as caught:
        injected(pod(), with_template("a: 1\nb: [\nc: 2\n"))
    assert "2: b: [" in caught.value.hint


def test_row_08_many_files_folders_json_and_a_check(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("a", "b"):
        (tmp_path / "folder" / f"{name}.yaml").write_text(POD.replace("name: p", f"name: {name}"))
    (tmp_path / "c.yaml").write_text(POD)
    flags = ["-f", str(tmp_path / "folder"), "-f", str(tmp_path / "c.yaml")]
    done = meshctl("kube-inject", *flags, "--format", "json")
    assert [item["metadata"]["name"] for item in json.loads(done.out)["items"]] == ["a", "b", "p"]
    assert meshctl("kube-inject", *flags, "--check").code == 79
    report = json.loads(meshctl("kube-inject", *flags, "--report", "json").err)
    assert [entry["result"] for entry in report] == ["injected"] * 3


def test_row_09_no_cluster_is_asked(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("not even YAML: [")
    done = meshctl("kube-inject", "-f", "-", stdin=POD, KUBECONFIG=str(tmp_path / "kubeconfig"))
    assert done.code == 0
    assert "istio-proxy" in done.out


class FakeCluster:
    """A cluster with two ConfigMaps, which notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        found = builtin.rendered({"global": {"hub": "cluster"}}, "istio-system")
        self.maps = {
            "istio-sidecar-injector": {"config": found.config, "values": found.values},
            "istio": {"mesh": "trustDomain: cluster.example"},
        }

    def config_map(self, namespace: str, name: str) -> dict[str, str] | None:
        self.asked.append(f"{namespace}/{name}")
        return self.maps.get(name)

    def default_revision(self, namespace: str) -> str:
        return ""

    def kubelet_minors(self) -> list[int]:
        return [33]


def test_row_10_values_come_along_with_the_configuration_of_a_cluster(tmp_path: Path) -> None:
    cluster = FakeCluster()
    found = load(Request(), cluster)
    assert (found.value("global.hub"), found.mesh["trustDomain"]) == ("cluster", "cluster.example")
    assert cluster.asked == ["istio-system/istio-sidecar-injector", "istio-system/istio"]
    (tmp_path / "mesh.yaml").write_text("trustDomain: file.example")
    cluster = FakeCluster()
    assert load(Request(mesh_file=str(tmp_path / "mesh.yaml")), cluster).mesh["trustDomain"] == "file.example"
    assert cluster.asked == ["istio-system/istio-sidecar-injector"]


def test_row_12_the_configuration_decides_as_in_the_cluster() -> None:
    def settings(**fields: Any) -> Any:
        return replace(BUILT_IN, config=Config({"sidecar": "{}", "mine": "spec: {hostname: mine}"}, **fields))

    assert outcome(pod(), settings(policy=Policy("disabled"))).pod is None
    never = settings(policy=Policy("enabled", never=[{"matchLabels": {"a": "b"}}]))
    assert outcome(pod(labels={"a": "b"}), never).pod is None
    always = settings(policy=Policy("disabled", always=[{"matchLabels": {"a": "b"}}]))
    assert outcome(pod(labels={"a": "b"}), always).pod is not None
    assert injected(pod(), settings(default_templates=("mine",)))["spec"]["hostname"] == "mine"
    named = pod(annotations={"inject.istio.io/templates": "both"})
    assert injected(named, settings(aliases={"both": ("sidecar", "mine")}))["spec"]["hostname"] == "mine"
    noted = injected(pod(annotations={"x": "old"}), settings(injected_annotations={"x": "new"}))
    assert noted["metadata"]["annotations"]["x"] == "new"


def test_row_13_a_mistyped_configuration_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("policy: enabled\ntemplats: {sidecar: '{}'}\n")
    done = meshctl("kube-inject", "-f", "-", "--injectConfigFile", str(tmp_path / "config.yaml"), stdin=POD)
    assert (done.code, done.out) == (65, "")
    assert "'templats' a typing error?" in done.err


def test_row_14_an_operator_goes_over_the_values_of_the_chart(tmp_path: Path) -> None:
    file = tmp_path / "operator.yaml"
    file.write_text(
        "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {components: {cni: {enabled: true}}}\n"
    )
    found = injected(pod(), load(Request(operator_file=str(file))))
    assert names(found, "initContainers") == ["istio-validation"]
    assert container(found)["readinessProbe"]["failureThreshold"] == 4


def test_row_15_flags_without_effect_say_so() -> None:
    done = meshctl("kube-inject", "-f", "-", "--xds-address", "x:1", "--webhookConfig", "w", stdin=POD)
    assert done.code == 0
    assert "--webhookConfig and --xds-address have no effect" in done.err
    assert "no effect" not in meshctl("kube-inject", "-f", "-", stdin=POD).err


@pytest.mark.parametrize("kind", ["Pod", "Deployment"])
def test_row_16_the_namespace_of_the_object_counts(kind: str) -> None:
    data = pod(namespace="kube-system")
    if kind == "Deployment":
        template = {"spec": data["spec"]}
        data = {"apiVersion": "apps/v1", "kind": kind, "metadata": data["metadata"], "spec": {"template": template}}
    assert outcome(data).decision.rule == "system-namespace"


def test_row_17_native_sidecars_can_be_asked_for() -> None:
    done = meshctl("kube-inject", "-f", "-", "--native-sidecars", stdin=POD)
    assert "istio-proxy" in names(read(done.out), "initContainers")
    done = meshctl("kube-inject", "-f", "-", stdin=POD, ENABLE_NATIVE_SIDECARS="true")
    assert "istio-proxy" in names(read(done.out), "initContainers")
    done = meshctl("kube-inject", "-f", "-", stdin=POD, ENABLE_NATIVE_SIDECARS="maybe")
    assert (done.code, done.out) == (64, "")


def test_row_18_the_environment_of_the_shell_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPLIANCE_POLICY", "fips-140-2")
    monkeypatch.setenv("X", "shell")
    assert "COMPLIANCE_POLICY" not in variables(injected(pod(), load(Request())))
    text = SIDECAR + "  hostname: {{ env `X` `none` }}\n"
    assert injected(pod(), with_template(text))["spec"]["hostname"] == "none"
    own = with_template(text, values="pilot: {env: {X: pilot, COMPLIANCE_POLICY: fips-140-3}}")
    found = injected(pod(), own)
    assert found["spec"]["hostname"] == "pilot"
    assert (variables(found)["COMPLIANCE_POLICY"], variables(found)["GODEBUG"]) == ("fips-140-3", "fips140=only")


@pytest.mark.parametrize("template", ["sidecar", "gateway", "grpc-agent"])
def test_row_19_no_text_leaves_its_field(template: str) -> None:
    notes = {
        f"sidecar.istio.io/{key}": NASTY for key in ("logLevel", "componentLogLevel", "agentLogLevel", "proxyImage")
    }
    own = {**notes, "proxy.istio.io/config": json.dumps({"proxyMetadata": {"ODD": NASTY}}),
           "inject.istio.io/templates": template}  # fmt: skip
    labels = {"app": NASTY[:3], "version": NASTY}
    values = json.dumps({"global": {"meshID": NASTY, "caAddress": NASTY, "imagePullPolicy": NASTY}})
    settings = with_template(SIDECAR, values=values)
    settings = replace(settings, config=BUILT_IN.config)
    plain = injected(pod(annotations={"inject.istio.io/templates": template}), settings)
    found = injected(pod(labels=labels, annotations=own), settings)
    assert variables(found)["ODD"] == variables(found)["CA_ADDR"] == variables(found)["ISTIO_META_MESH_ID"] == NASTY
    assert f"--proxyLogLevel={NASTY}" in container(found)["args"]
    assert len(container(found)["args"]) == len(container(plain)["args"])
    assert found["metadata"]["labels"]["service.istio.io/canonical-revision"] == NASTY
    assert set(container(found)) == set(container(plain))


@pytest.mark.parametrize("value", ["true", '"true"'])
def test_row_20_a_switch_may_be_a_text(value: str) -> None:
    found = injected(
        pod(), with_template(SIDECAR, values=f"pilot: {{env: {{ENABLE_CLUSTER_TRUST_BUNDLE_API: {value}}}}}")
    )
    volume = next(item for item in found["spec"]["volumes"] if item["name"] == "istiod-ca-cert")
    assert volume["projected"]["sources"][0]["clusterTrustBundle"]["name"] == "istio.io:istiod-ca:root-cert"


def test_row_21_user_volumes_are_checked_and_may_be_a_list() -> None:
    with pytest.raises(MeshctlError, match="userVolume cannot be 'x'"):
        injected(pod(annotations={"sidecar.istio.io/userVolume": "x"}))
    listed = '[{"name": "v", "emptyDir": {}}]'
    found = injected(pod(annotations={"sidecar.istio.io/userVolume": listed}))
    assert found["spec"]["volumes"][-1] == {"name": "v", "emptyDir": {}}


@pytest.mark.parametrize("template", ["sidecar", "grpc-agent"])
def test_row_22_no_status_port_leaves_probes_and_proxy_as_they_are(template: str) -> None:
    own = {"status.sidecar.istio.io/port": "0", "inject.istio.io/templates": template}
    probe = {"httpGet": {"path": "/x", "port": 80}}
    found = injected(pod(annotations=own, containers=[{"name": "c", "image": "i", "readinessProbe": probe}]))
    assert container(found, "c")["readinessProbe"] == probe
    assert container(found)["resources"]
    assert container(found)["volumeMounts"]


def test_row_23_a_probe_of_an_unknown_port_is_left_alone() -> None:
    probe = {"httpGet": {"path": "/x", "port": "gone"}}
    found = outcome(pod(containers=[{"name": "c", "image": "i", "readinessProbe": probe}]))
    assert found.pod is not None
    assert container(found.pod, "c")["readinessProbe"] == probe
    assert "ISTIO_KUBE_APP_PROBERS" not in variables(found.pod)
    assert any("no port named 'gone'" in line for line in found.warnings)


def test_row_24_a_custom_proxy_can_start() -> None:
    own = {"name": "istio-proxy", "image": "auto", "readinessProbe": {"exec": {"command": ["true"]}},
           "securityContext": {"runAsUser": 0}}  # fmt: skip
    proxy = container(injected(pod(containers=[{"name": "c", "image": "i"}, own])))
    assert "httpGet" not in proxy["readinessProbe"]
    assert proxy["readinessProbe"]["periodSeconds"] == 15
    assert (proxy["securityContext"]["runAsUser"], proxy["securityContext"]["runAsNonRoot"]) == (0, False)


def test_row_25_metrics_are_merged_only_where_an_agent_is() -> None:
    own = {"prometheus.io/port": "9090", "inject.istio.io/templates": "grpc-simple"}
    assert injected(pod(annotations=own))["metadata"]["annotations"]["prometheus.io/port"] == "9090"
    own["inject.istio.io/templates"] = "grpc-agent"
    assert injected(pod(annotations=own))["metadata"]["annotations"]["prometheus.io/port"] == "15020"


def test_row_26_one_status_port_for_everything() -> None:
    found = injected(
        pod(annotations={"proxy.istio.io/config": "statusPort: 15999", "sidecar.istio.io/nativeSidecar": "true"})
    )
    assert "15090,15021,15999" in container(found, "istio-init")["args"]
    assert "--debug-port=15999" in container(found)["lifecycle"]["preStop"]["exec"]["command"]
    assert found["metadata"]["annotations"]["prometheus.io/port"] == "15999"


def test_row_27_every_list_of_ports_is_checked_under_its_own_name() -> None:
    for name in ("traffic.sidecar.istio.io/includeOutboundPorts", "status.sidecar.istio.io/port"):
        with pytest.raises(MeshctlError, match=name):
            injected(pod(annotations={name: "http"}))


def test_row_28_lists_stay_lists() -> None:
    assert exclude_inbound_port(90, "80, 90") == "80,90"
    assert exclude_inbound_port(90, "90, 80") == "90, 80"
    assert json.loads(append_multus_network("[]", "default/istio-cni")) == [
        {"name": "istio-cni", "namespace": "default"}
    ]
    enriched = "{service: s, port: 1, serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS}"
    mesh = f"extensionProviders: [{{name: o, opentelemetry: {enriched}}}]"
    found = variables(injected(pod(), with_template(SIDECAR, mesh=mesh)))["OTEL_RESOURCE_ATTRIBUTES"]
    assert found == "service.instance.id=$(POD_NAME).c"


def test_row_29_a_generated_name_gives_a_canonical_one_and_image_types_are_checked() -> None:
    data = pod()
    data["metadata"] = {"generateName": "job-"}
    assert injected(data)["metadata"]["labels"]["service.istio.io/canonical-name"] == "job"
    with pytest.raises(MeshctlError, match="proxyImageType"):
        injected(pod(annotations={"sidecar.istio.io/proxyImageType": "de bug"}))


@pytest.mark.parametrize("note", ["yes", "1", "TRUE"])
def test_row_30_native_is_true_or_false(note: str) -> None:
    with pytest.raises(MeshctlError, match="nativeSidecar"):
        injected(pod(annotations={"sidecar.istio.io/nativeSidecar": note}))


@pytest.mark.parametrize("templates", ["sidecar,mine", "mine,sidecar"])
def test_row_32_templates_that_add_to_a_native_proxy_find_it(templates: str) -> None:
    mine = "spec: {containers: [{name: istio-proxy, env: [{name: MINE, value: x}]}]}"
    settings = replace(BUILT_IN, config=Config({"sidecar": SIDECAR, "mine": mine}), native_sidecars=True)
    own = {"name": "istio-proxy", "image": "auto", "env": [{"name": "OWN", "value": "y"}]}
    found = injected(
        pod(annotations={"inject.istio.io/templates": templates}, containers=[{"name": "c", "image": "i"}, own]),
        settings,
    )
    assert (names(found), names(found, "initContainers")) == (["c"], ["istio-init", "istio-proxy"])
    assert {"MINE", "OWN", "CA_ADDR"} <= set(variables(found))
    status = json.loads(found["metadata"]["annotations"]["sidecar.istio.io/status"])
    assert (status["containers"], status["initContainers"]) == (None, ["istio-init", "istio-proxy"])


@pytest.mark.parametrize("note", ["", " ", ","])
def test_row_31_no_name_means_the_default_template(note: str) -> None:
    assert "istio-proxy" in names(injected(pod(annotations={"inject.istio.io/templates": note})))


def test_row_32_injecting_again_keeps_what_is_the_users_and_nothing_else() -> None:
    own = {"name": "istio-proxy", "image": "auto", "args": ["mine"], "resources": {"limits": {"cpu": "3"}},
           "securityContext": {"runAsUser": 7}, "env": [{"name": "CA_ADDR", "value": "mine:1"}]}  # fmt: skip
    once = injected(pod(containers=[{"name": "c", "image": "i"}, own]))
    again = injected({**pod(), **once})
    assert again == once
    native = injected({**pod(), **once}, replace(BUILT_IN, native_sidecars=True))
    assert names(native) == ["c"]
    assert names(native, "initContainers").count("istio-proxy") == 1
    assert container(native)["args"] == ["mine"]
    back = injected({**pod(), **native})
    assert names(back) == ["c", "istio-proxy"]
    assert names(back, "initContainers") == ["istio-init"]
    lean = injected({**pod(), **once}, with_template("spec: {containers: [{name: istio-proxy, image: x}]}"))
    assert "volumes" not in lean["spec"]
    assert "volumeMounts" not in container(lean)
    assert {item["name"] for item in container(lean)["env"]} == {"CA_ADDR"}


def test_row_32_a_volume_of_the_user_under_an_open_name_survives_without_a_record() -> None:
    socket = {"name": "workload-socket", "csi": {"driver": "csi.spiffe.io", "readOnly": True}}
    once = injected(pod(volumes=[socket, {"name": "credential-socket", "emptyDir": {}}]))
    assert injected({**pod(), **once})["spec"]["volumes"].count(socket) == 1
    assert removed(once)["spec"]["volumes"] == [socket]


@pytest.mark.parametrize(
    "volume",
    [
        {"name": "istio-data", "emptyDir": {"sizeLimit": "1Gi"}},
        {"name": "istio-token", "secret": {"secretName": "s"}},
        {"name": "istiod-ca-cert", "csi": {"driver": "d"}},
        {"name": "istio-envoy", "hostPath": {"path": "/"}},
        # A source of the same kind cannot be told from the template's; what mounts it goes on to have a volume.
        {"name": "istio-ca-crl", "configMap": {"name": "istio-ca-crl", "optional": True}},
    ],
    ids=lambda volume: volume["name"],
)
def test_row_32_a_volume_of_the_user_under_an_injected_name_survives_without_a_record(volume: dict[str, Any]) -> None:
    mount = {"name": volume["name"], "mountPath": "/mine"}
    data = pod(volumes=[volume], containers=[{"name": "c", "image": "i", "volumeMounts": [mount]}])
    once = injected(data)
    assert injected({**pod(), **once}) == once
    assert removed(once)["spec"]["volumes"] == [volume]


def test_row_32_an_injected_volume_goes_unless_a_container_of_the_user_mounts_it() -> None:
    mount = {"name": "istio-podinfo", "mountPath": "/info"}
    once = injected(pod(containers=[{"name": "c", "image": "i", "volumeMounts": [mount]}]))
    assert [volume["name"] for volume in removed(once)["spec"]["volumes"]] == ["istio-podinfo"]
    assert "volumes" not in removed(injected(pod()))["spec"]


def test_overrides_may_be_written_by_hand() -> None:
    written = '{"containers":[{"name":"istio-proxy","args":["mine"]}],"initContainers":[]}'
    own = {"name": "istio-proxy", "image": "auto", "args": ["other"]}
    data = pod(annotations={"proxy.istio.io/overrides": written}, containers=[{"name": "c", "image": "i"}, own])
    once = injected(data)
    assert container(once)["args"] == ["mine"]
    assert injected({**pod(), **once}) == once
    with pytest.raises(MeshctlError, match="overrides cannot be read"):
        injected(pod(annotations={"proxy.istio.io/overrides": "{"}))


def test_two_sources_of_a_volume_are_told() -> None:
    claim = {"name": "istio-data", "persistentVolumeClaim": {"claimName": "c"}}
    said = "volume istio-data has the name of an injected one: no pod can have both emptyDir and persistentVolumeClaim"
    assert outcome(pod(volumes=[claim])).warnings == (f"{said} of it",)
    sized = {"name": "istio-data", "emptyDir": {"sizeLimit": "1Gi"}}
    assert outcome(pod(volumes=[sized])).warnings == (
        "volume istio-data has the name of an injected one and takes its place",
    )


@pytest.mark.parametrize(
    ("of_pod", "of_container", "own", "warned"),
    [
        (1337, None, {}, True),
        (None, 1337, {}, True),
        (1337, 5, {}, False),
        (5, None, {}, False),
        # The redirection follows the user of a customized proxy.
        (1337, None, {"securityContext": {"runAsUser": 5}}, False),
        (5, None, {"securityContext": {"runAsUser": 5}}, True),
    ],
)
def test_a_user_whose_traffic_is_not_redirected_is_told(
    of_pod: int | None, of_container: int | None, own: dict[str, Any], warned: bool
) -> None:
    app = {"name": "c", "image": "i"} | ({"securityContext": {"runAsUser": of_container}} if of_container else {})
    proxy = [{"name": "istio-proxy", "image": "auto", **own}] if own else []
    context = {"runAsUser": of_pod} if of_pod else {}
    found = outcome(pod(containers=[app, *proxy], securityContext=context))
    assert any("container c runs as user" in line for line in found.warnings) == warned


def test_row_33_check_inject_knows_the_rules_of_the_injector_too() -> None:
    text = POD.replace("spec: {", "spec: {hostNetwork: true, ")
    done = meshctl("x", "check-inject", "-f", "-", stdin=text)
    assert "host-network" in done.out
    assert "\x1b" not in done.out


def test_removal_tells_of_proxies_that_nobody_noted() -> None:
    found = process([("a", POD.replace("name: c", "name: istio-proxy"))], removing)
    assert found.accounts[0].warnings == ("it has istio-proxy, but no note of an injection: nothing is taken out",)
