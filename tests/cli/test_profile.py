"""`profile list|dump|diff` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tests.cli.run import meshctl


def test_profiles_are_listed() -> None:
    done = meshctl("profile", "list")
    assert done.code == 0
    heading, *names = done.out.splitlines()
    assert not heading.startswith(" ")
    assert "    openshift-ambient" in names
    assert len(names) == 10


def test_a_profile_is_printed_whole_or_in_part() -> None:
    whole = yaml.safe_load(meshctl("profile", "dump", "demo").out)
    assert whole["kind"] == "IstioOperator"
    assert whole["spec"]["tag"] == "1.31.0"
    part = meshctl("profile", "dump", "demo", "-p", "components.egressGateways", "-o", "json")
    assert json.loads(part.out) == [{"name": "istio-egressgateway", "enabled": True}]


def test_printed_flags_give_the_same_again() -> None:
    lines = meshctl("profile", "dump", "ambient", "-o", "flags").out.splitlines()
    assert "components.ztunnel.enabled=true" in lines
    assert "components.ingressGateways[0].name=istio-ingressgateway" in lines
    flags = [argument for line in lines if not line.endswith(("={}", "=[]")) for argument in ("-s", line)]
    again = meshctl("profile", "dump", *flags)
    assert yaml.safe_load(again.out) == yaml.safe_load(meshctl("profile", "dump", "ambient").out)


def test_two_profiles_are_compared(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("kind: IstioOperator\nspec: {profile: demo}\n")
    assert meshctl("profile", "diff", "demo", "demo").code == 0
    done = meshctl("profile", "diff", "default", "demo")
    assert done.code == 79
    assert "+    profile: demo" in done.out
    assert meshctl("profile", "diff", "demo", str(tmp_path / "own.yaml")).code == 0


def test_what_does_not_exist_is_an_error_in_a_line() -> None:
    done = meshctl("profile", "dump", "nosuch")
    assert done.code == 64
    assert "nosuch" in done.err
    assert done.err.count("\n") == 1
    assert meshctl("profile", "dump", "demo", "-p", "nowhere").code == 64
    assert meshctl("profile", "dump", "-o", "xml").code == 64
