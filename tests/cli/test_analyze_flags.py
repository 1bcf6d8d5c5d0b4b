"""The flags of `analyze` that choose what is said and how it counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import meshctl

MESH = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [a.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, annotations: {ANNOTATION}}
spec:
  hosts: [b.example.com]
  gateways: [edge, side]
  http:
  - route:
    - destination: {host: reviews}
"""
PLAIN = MESH.replace("{ANNOTATION}", "{}")


def _codes(*arguments: str, text: str = PLAIN) -> tuple[int, set[str]]:
    done = meshctl("analyze", "--analyzer", "virtualservice.GatewayAnalyzer", "-o", "json", *arguments, "-", stdin=text)
    return done.code, {message["code"] for message in json.loads(done.out)}


def test_thresholds() -> None:
    assert _codes() == (79, {"IST0101", "IST0132"})
    assert _codes("--output-threshold", "error") == (79, {"IST0101"})
    fixed = PLAIN.replace(", side", "")
    assert _codes(text=fixed) == (0, {"IST0132"})
    assert _codes("--failure-threshold", "Warning", text=fixed) == (79, {"IST0132"})
    assert _codes("--failure-threshold", "Warning", "--output-threshold", "Error", text=fixed) == (79, set())


@pytest.mark.parametrize(
    "pattern",
    ["VirtualService default/reviews", "VirtualService reviews.default", "VirtualService *", "*reviews", "*"],
)
def test_suppression_in_both_forms(pattern: str) -> None:
    assert _codes("-S", f"IST0101={pattern}") == (0, {"IST0132"})


def test_a_suppression_of_another_resource_changes_nothing() -> None:
    assert _codes("--suppress", "IST0101=VirtualService default/review") == (79, {"IST0101", "IST0132"})


@pytest.mark.parametrize("code", ["IST0001", "IST0143", "IST0168"])
def test_codes_that_are_defined_but_never_sent_can_be_suppressed(code: str) -> None:
    assert _codes("-S", f"{code}=*") == (79, {"IST0101", "IST0132"})


@pytest.mark.parametrize("value", ["IST0101, IST0132", "IST0101,IST0132", "*"])
def test_suppression_by_annotation(value: str) -> None:
    text = MESH.replace("{ANNOTATION}", f'{{galley.istio.io/analyze-suppress: "{value}"}}')
    assert _codes(text=text) == (0, set())


@pytest.mark.parametrize(
    "arguments",
    [
        ["-S", "IST9999=*"],
        ["-S", "IST0101"],
        ["-S", "a=b=c"],
        ["--analyzer", "no.SuchAnalyzer"],
        ["--failure-threshold", "Fatal"],
        ["--output-threshold", "x"],
        ["--timeout", "5"],
        ["--remote-contexts", "a"],
    ],
    ids=" ".join,
)
def test_wrong_values_are_wrong_usage(arguments: list[str]) -> None:
    done = meshctl("analyze", *arguments, "-", stdin=PLAIN)
    assert done.code == 64
    assert done.out == ""
    assert len(done.err.splitlines()) == 1


def test_only_the_named_analyzers_run() -> None:
    done = meshctl("analyze", "-v", "--timing", "--analyzer", "virtualservice.GatewayAnalyzer", "-", stdin=PLAIN)
    assert "\tvirtualservice.GatewayAnalyzer" in done.err
    assert "ms  virtualservice.GatewayAnalyzer" in done.err
    assert "DestinationHostAnalyzer" not in done.err


def test_the_list_of_analyzers() -> None:
    lines = meshctl("analyze", "-L").out.splitlines()
    names = [line.removeprefix("* ").removesuffix(":") for line in lines[::2]]
    assert names == sorted(names)
    assert "virtualservice.GatewayAnalyzer" in names
    assert all(line.startswith("    Checks ") for line in lines[1::2])


def test_unreadable_documents_can_be_let_pass(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [\n---\nkind: Node\napiVersion: v1\n")
    assert meshctl("analyze", "a.yaml", cwd=tmp_path).code == 65
    assert meshctl("analyze", "--ignore-unknown", "a.yaml", cwd=tmp_path).code == 0


def test_a_mesh_config_that_cannot_be_read_is_no_silence(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [\n")
    for name in ("missing.yaml", "broken.yaml"):
        done = meshctl("analyze", "--meshConfigFile", name, "-", stdin=PLAIN, cwd=tmp_path)
        assert done.code == 65
        assert name in done.err
        assert len(done.err.splitlines()) == 1
