"""`meshctl experimental describe` on files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import meshctl

MANIFEST = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}, {name: istio-proxy}]}
"""


@pytest.mark.parametrize("words", [("pod", "web-1"), ("service", "web")], ids=" ".join)
@pytest.mark.parametrize("form", ["short", "json"])
def test_unreadable_document_is_named_and_the_rest_is_described(
    tmp_path: Path, words: tuple[str, str], form: str
) -> None:
    file = tmp_path / "mesh.yaml"
    file.write_text(MANIFEST)
    command = ("x", "describe", words[0], f"{words[1]}.shop", "-o", form, "-f", str(file))
    whole = meshctl(*command)
    assert whole.code == 0, whole.err
    assert "web" in (json.dumps(json.loads(whole.out)) if form == "json" else whole.out)
    file.write_text(f"{MANIFEST}---\nkind: [broken\n")
    done = meshctl(*command)
    assert done.code == 65
    assert done.out == whole.out
    assert f"{file}:1" in done.err
