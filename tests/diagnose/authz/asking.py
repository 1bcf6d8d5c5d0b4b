"""Asks about a request to the pods of `app: orders` in namespace shop, where policies are written in the test."""

from __future__ import annotations

from pathlib import Path

from meshctl import sources
from meshctl.diagnose.authz.question import Answer, answer
from meshctl.diagnose.authz.requests import Asked
from meshctl.diagnose.authz.subjects import subjects
from meshctl.model.snapshot import Snapshot

WORKLOADS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop}
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      serviceAccountName: orders
      containers: [{name: app, image: app, ports: [{name: web, containerPort: 8080}, {containerPort: 7000}]}]
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec:
  selector: {app: orders}
  ports: [{name: http, port: 80, targetPort: web}, {name: tcp-feed, port: 7000}, {name: any, port: 9000}]
---
"""


def policy(spec: str, *, name: str = "p", namespace: str = "shop", dry_run: bool = False) -> str:
    """An AuthorizationPolicy; the spec is a mapping in one line."""
    notes = ', annotations: {istio.io/dry-run: "true"}' if dry_run else ""
    return (
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
        f"metadata: {{name: {name}, namespace: {namespace}{notes}}}\nspec: {{{spec}}}\n"
    )


def mesh(text: str, folder: Path) -> Snapshot:
    """The workloads and what a test writes beside them."""
    file = folder / "mesh.yaml"
    file.write_text(WORKLOADS + text)
    reading = sources.read([str(file)])
    assert not reading.unreadable
    return Snapshot(reading.resources)


def ask(text: str, folder: Path, asked: Asked) -> Answer:
    """The answer for the Deployment, or the first workload that is named."""
    found = mesh(text, folder)
    subject = subjects(found, asked.to or "deployment/orders.shop", "shop")[0]
    return answer(found, subject, asked.question(found, "shop"))
