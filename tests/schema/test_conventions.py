"""What `validate` demands of Services and Deployments."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshctl import sources
from meshctl.schema.conventions import conventions
from tests.analysis.wanted import wanted

CASE = """\
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  ports:
  - port: 80  # want IST0106
  - {port: 81, name: foo}  # want IST0106
  - {port: 82, name: http}
  - {port: 83, name: GRPC-web}
  - {port: 84, name: hbone}  # want IST0106
  - {port: 85, protocol: udp}
  - {port: 86, name: foo, appProtocol: https}
  - {port: 87, name: http, appProtocol: kubernetes.io/h2c}  # want IST0106
  - {port: 88, name: httpx}  # want IST0106
  - {port: 89, name: tcp-db, protocol: SCTP}
---
apiVersion: v1
kind: Service
metadata: {name: istiod, namespace: istio-system}
spec: {ports: [{port: 80}]}
---
apiVersion: v1  # want IST0106
kind: Service
metadata: {name: hollow}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    metadata:
      labels: {app: shop}  # want MESH0109
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: good}
spec: {template: {metadata: {labels: {app.kubernetes.io/name: "", service.istio.io/canonical-revision: v1}}}}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: listed}
  spec:
    ports:
    - {port: 80}  # want IST0106
"""


def test_ports_and_labels(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(CASE)
    resources = sources.read([str(tmp_path / "case.yaml")]).resources
    found = list(conventions(resources, "istio-system"))
    assert {(message.span.line, message.code) for message in found if message.span} == wanted(CASE)
    assert [message for message in conventions(resources, "other") if message.resource and "istiod" in message.origin]


@pytest.mark.parametrize("spec", ["null", "{ports: x}", "{ports: [null]}", "{ports: [{name: 5}]}", "[]"])
def test_any_shape_is_taken(tmp_path: Path, spec: str) -> None:
    (tmp_path / "case.yaml").write_text(f"apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {spec}\n")
    list(conventions(sources.read([str(tmp_path / "case.yaml")]).resources, "istio-system"))
