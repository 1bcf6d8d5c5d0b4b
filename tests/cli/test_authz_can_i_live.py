"""`authz can-i` about a real API server gives the same answers as about the files that were applied to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import meshctl
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster

ORDERS = Path(__file__).parent.parent / "diagnose" / "authz" / "orders"
NAMESPACE = "asked"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifests of the recorded proxy in a namespace of their own, and a policy for the whole mesh."""
    folder = tmp_path_factory.mktemp("manifests")
    for file in ORDERS.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text().replace("held", NAMESPACE))
    namespace = {"apiVersion": "v1", "kind": "Namespace",
                 "metadata": {"name": NAMESPACE, "labels": {"istio-injection": "enabled"}}}  # fmt: skip
    (folder / "00-namespace.yaml").write_text(json.dumps(namespace))
    everywhere = {
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": "no-secrets-of-asked", "namespace": "istio-system"},
        "spec": {"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/secrets/*"]}}]}],
                 "selector": {"matchLabels": {"app": "orders"}}},
    }  # fmt: skip
    (folder / "90-everywhere.yaml").write_text(json.dumps(everywhere))
    return folder


@pytest.fixture(scope="module")
def cluster(meshed: Cluster, files: Path) -> Iterator[Cluster]:
    for file in sorted(files.iterdir()):
        kubectl(meshed.kubeconfig(), "apply", "--server-side", "-f", str(file))
    yield meshed
    meshed.api.delete(f"/api/v1/namespaces/{NAMESPACE}")
    meshed.api.delete("/apis/security.istio.io/v1/namespaces/istio-system/authorizationpolicies/no-secrets-of-asked")


WEB = ("--from", "ns/asked/sa/web", "--from-ip", "10.0.0.9")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*WEB, "--request", "GET http://orders/items"), 0),
        (("--from", "deployment/web-v1", "--from-ip", "10.0.0.9", "--request", "GET http://orders/items"), 0),
        ((*WEB, "--request", "TRACE http://orders/items"), 79),
        ((*WEB, "--request", "GET http://orders/secrets/1"), 79),
        (("--port", "7000", "--plaintext"), 79),
        ((*WEB[:2], "--request", "GET http://orders/items"), 65),
    ],
)
def test_cluster_and_files_give_the_same_answer(
    cluster: Cluster, files: Path, arguments: tuple[str, ...], code: int
) -> None:
    asked = ("authz", "can-i", "--to", "deployment/orders-v1.asked", "-n", "asked", "-o", "json", *arguments)
    live = meshctl(*asked, "-c", str(cluster.kubeconfig()))
    assert (live.code, live.err) == (code, "")
    offline = meshctl(*asked, "-f", str(files))
    assert offline.code == code
    assert json.loads(live.out) == _without_places(json.loads(offline.out))


def _without_places(data: Any) -> Any:
    if isinstance(data, list):
        return [_without_places(one) for one in data]
    if isinstance(data, dict):
        return {key: _without_places(value) for key, value in data.items() if key not in ("file", "line")}
    return data
