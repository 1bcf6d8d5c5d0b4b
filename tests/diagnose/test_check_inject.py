"""Which rule decides: the webhooks of a default and of a named revision, and the injector behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl.diagnose.check_inject import Subject, rows, subjects
from meshctl.inject.decision import Policy
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.resource import Resource, Source
from meshctl.model.snapshot import Snapshot
from tests.cli.run import meshctl

INJECT, REVISION, INJECTION = "sidecar.istio.io/inject", "istio.io/rev", "istio-injection"

WANTED = (
    "wanted: namespace label istio.io/rev=default, istio-injection=enabled; or pod label istio.io/rev=default, "
    "sidecar.istio.io/inject=true"
)


def usual(_: str) -> Policy:
    return Policy()


def absent(key: str) -> dict[str, Any]:
    return {"key": key, "operator": "DoesNotExist"}


def among(key: str, value: str, operator: str = "In") -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": [value]}


def hook(revision: str) -> Resource:
    def entry(prefix: str, namespace: list[dict[str, Any]], pod: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "name": f"{prefix}.sidecar-injector.istio.io",
            "namespaceSelector": {"matchExpressions": namespace},
            "objectSelector": {"matchExpressions": pod},
        }

    wanted = revision or "default"
    not_out = among(INJECT, "false", "NotIn")
    entries = [
        entry("rev.namespace", [among(REVISION, wanted), absent(INJECTION)], [not_out]),
        entry("rev.object", [absent(REVISION), absent(INJECTION)], [not_out, among(REVISION, wanted)]),
    ]
    if not revision:
        entries += [
            entry("namespace", [among(INJECTION, "enabled")], [not_out]),
            entry("object", [absent(INJECTION), absent(REVISION)], [among(INJECT, "true"), absent(REVISION)]),
        ]
    name = f"istio-sidecar-injector-{revision}".rstrip("-")
    data = {"metadata": {"name": name, "labels": {REVISION: wanted}}, "webhooks": entries}
    return Resource(MUTATING_WEBHOOK_CONFIGURATION, "v1", "", name, data, Source("hooks"))


def namespace(labels: dict[str, str]) -> Resource:
    return Resource(NAMESPACE, "v1", "", "shop", {"metadata": {"labels": labels}}, Source("namespaces"))


@pytest.mark.parametrize(
    ("labels", "pod", "default", "named"),
    [
        ({}, {}, WANTED, "wanted: namespace label istio.io/rev=1-16; or pod"),
        ({INJECTION: "enabled"}, {}, "+namespace label istio-injection=enabled", "wanted"),
        ({INJECTION: "enabled", REVISION: "1-16"}, {}, "+namespace label istio-injection", "wanted"),
        ({INJECTION: "enabled"}, {INJECT: "false"}, "pod label sidecar.istio.io/inject=false prevents", "wanted"),
        ({INJECTION: "disabled"}, {INJECT: "true"}, "namespace label istio-injection=disabled prevents", "prevents"),
        ({REVISION: "1-16"}, {}, "wanted", "+namespace label istio.io/rev=1-16"),
        ({REVISION: "default"}, {REVISION: "1-16"}, "+namespace label istio.io/rev=default", "no label matches"),
        ({}, {REVISION: "1-16"}, "pod label istio.io/rev=1-16 prevents", "+pod label istio.io/rev=1-16"),
        ({}, {INJECT: "true"}, "+pod label sidecar.istio.io/inject=true", "wanted"),
        ({}, {INJECT: "true", REVISION: "1-16"}, "prevents", "+pod label"),
    ],
)  # fmt: skip
def test_webhooks(labels: dict[str, str], pod: dict[str, str], default: str, named: str) -> None:
    mesh = Snapshot([hook(""), hook("1-16"), namespace(labels)])
    found = rows(mesh, Subject("Pod", "shop", {"metadata": {"labels": pod}}), usual)
    assert [row.revision for row in found] == ["default", "1-16"]
    for row, expected in zip(found, (default, named), strict=True):
        assert row.injected == expected.startswith("+")
        assert expected.removeprefix("+") in row.reason


def test_the_injector_has_the_last_word() -> None:
    mesh = Snapshot([hook(""), namespace({INJECTION: "enabled"})])
    (row,) = rows(mesh, Subject("Pod", "shop", {"spec": {"hostNetwork": True}}), usual)
    assert not row.injected
    assert row.rule == "host-network"


def test_each_revision_has_settings_of_its_own() -> None:
    mesh = Snapshot([hook(""), hook("1-16"), namespace({})])
    for revision, pod in (("default", {INJECT: "true"}), ("1-16", {REVISION: "1-16"})):
        subject = Subject("Pod", "shop", {"metadata": {"labels": pod}})
        found = rows(mesh, subject, {"default": Policy(), "1-16": Policy("disabled")}.__getitem__)
        assert {row.revision for row in found if row.injected} == ({revision} - {"1-16"})
    assert found[1].rule == "policy"


def test_a_deactivated_webhook() -> None:
    off = {"matchLabels": {"istio.io/deactivated": "never-match"}}
    entry = {"name": "x.istio.io", "namespaceSelector": off, "objectSelector": off}
    data = {"metadata": {"name": "h"}, "webhooks": [entry]}
    mesh = Snapshot([Resource(MUTATING_WEBHOOK_CONFIGURATION, "v1", "", "h", data, Source("hooks"))])
    (row,) = rows(mesh, Subject("Pod", "shop", {}), usual)
    assert row.reason == "the webhook is deactivated"


def test_subjects_by_name_and_type(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: near}\n"
        "spec: {template: {spec: {}}}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: m, labels: {sidecar.istio.io/inject: 'false'}}\n"
    )
    done = meshctl("x", "check-inject", "-f", str(file))
    assert done.code == 0, done.err
    assert done.out.splitlines()[0].split() == ["WORKLOAD", "WEBHOOK", "REVISION", "INJECTED", "RULE", "REASON"]
    assert "Deployment near/a" in done.out
    assert "\x1b" not in done.out
    one = meshctl("experimental", "check-inject", "pod/a.m", "-f", str(file), "-o", "json")
    assert '"injected": false' in one.out
    assert one.out.count("workload") == 1
    assert meshctl("x", "check-inject", "gone", "-f", str(file)).code == 65
    assert meshctl("x", "check-inject", KUBECONFIG=str(tmp_path / "none")).code == 65
    assert not list(subjects(Snapshot([])))
