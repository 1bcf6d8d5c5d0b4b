"""`meshctl proxy-config`: spellings, forms of output, and what is said when something is missing."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.app import run
from meshctl.proxyconfig import sections
from tests.proxyconfig import made
from tests.proxyconfig.recordings import ORDERS

DUMP = str(ORDERS / "config_dump.json.gz")
CLUSTERS = str(ORDERS / "clusters.json.gz")


def test_names_aliases_and_beginnings_reach_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    printed = set()
    for group in ("proxy-config", "pc"):
        for word in ("cluster", "clusters", "c", "clust", "cl"):
            assert run([group, word, "-f", DUMP, "--subset", "green"]) == 0
            printed.add(capsys.readouterr().out)
    assert len(printed) == 1


@pytest.mark.parametrize(
    ("word", "title"),
    [("l", "ADDRESSES"), ("listen", "ADDRESSES"), ("r", "NAME "), ("routes", "NAME "), ("s", "RESOURCE NAME"),
     ("sec", "RESOURCE NAME"), ("ec", "ECDS NAME"), ("ecds", "ECDS NAME"), ("eds", "NAME "), ("a", "Istio Version")],
)  # fmt: skip
def test_exact_aliases_win(word: str, title: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", word, "-f", DUMP]) == 0
    assert capsys.readouterr().out.startswith(title)


@pytest.mark.parametrize("word", ["e", "ed!", "nothing", "ro!"])
def test_words_that_say_too_little_are_refused(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", word, "-f", DUMP]) == 64
    assert word in capsys.readouterr().err


def test_an_ambiguous_beginning_names_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", "e", "-f", DUMP]) == 64
    assert "ecds or eds or endpoint" in capsys.readouterr().err


def test_flags_of_the_group_may_stand_in_front(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", "-o", "json", "cluster", "-f", DUMP, "--subset", "green-v1"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "outbound|8800|green-v1|billing.held.vm"


@pytest.mark.parametrize("output", ["short", "table", "SHORT"])
def test_the_table_has_several_names(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", "c", "-f", DUMP, "-o", output]) == 0
    assert capsys.readouterr().out.startswith("SERVICE FQDN")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["c", "--subset", "green-v1"], ["cluster/outbound|8800|green-v1|billing.held.vm"]),
        (["l", "--port", "15021", "--type", "http"], ["listener/0.0.0.0_15021"]),
        (["r", "--name", "80"], ["route/80"]),
        (["s"], ["secret/default", "secret/ROOTCA", "secret/file-root:system"]),
        (["ec"], ["ecds/held-buffer", "ecds/held-lua"]),
        (["eds", "--port", "3306"], ["endpoint/outbound|3306||stores.held.svc.cluster.local"]),
    ],
)
def test_names_only(arguments: list[str], names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", *arguments, "-f", DUMP, "-o", "name"]) == 0
    found = capsys.readouterr().out.splitlines()
    assert [name for name in found if name in names] == names


@pytest.mark.parametrize("sort", ["port", "-port", "PORT,-service-fqdn"])
def test_sorting(sort: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", "c", "-f", DUMP, "--fqdn", "svc.cluster.local", "--sort-by", sort]) == 0
    ports = [int(line.split()[1]) for line in capsys.readouterr().out.splitlines()[1:]]
    assert ports == sorted(ports, reverse=sort.startswith("-"))
    assert len(set(ports)) > 5


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["c", "-f", DUMP, "--sort-by", "nothing"], "service-fqdn"),
        (["c", "-f", DUMP, "--sort-by", "type", "-o", "json"], "sorts tables"),
        (["c", "-f", DUMP, "-o", "csv"], "wide"),
        (["c"], "neither a pod nor a file"),
        (["c", "pod-1", "-f", DUMP], "a pod and a file"),
        (["s", "-f", DUMP, "--at", "tomorrow"], "--at"),
        (["c", "-f", DUMP, "--port", "http"], "port"),
    ],
)
def test_wrong_usage(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["proxy-config", *arguments]) == 64
    printed = capsys.readouterr()
    assert problem in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("found", "arguments", "problem"),
    [
        ([made.clusters()], ["cluster"], "no clusters found"),
        ([made.listeners()], ["listener"], "no listeners found"),
        ([made.routes()], ["route"], "no routes found"),
        (
            [{**made.routes(), "dynamic_route_configs": [{"error_state": {"details": "bad"}}]}],
            ["route"],
            "no routes found",
        ),
        ([], ["cluster"], "envoy.admin.v3.ClustersConfigDump"),
        ([made.clusters()], ["listener"], "envoy.admin.v3.ListenersConfigDump"),
        ([made.clusters()], ["ecds"], "envoy.admin.v3.EcdsConfigDump"),
        ([made.clusters()], ["bootstrap"], "envoy.admin.v3.BootstrapConfigDump"),
        ([made.clusters()], ["secret"], "envoy.admin.v3.SecretsConfigDump"),
        ([made.clusters()], ["endpoint"], "include_eds"),
    ],
)
def test_what_is_missing_is_named(
    found: list[dict[str, Any]], arguments: list[str], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pc", *arguments, "-f", made.file(tmp_path, *found)]) == 65
    printed = capsys.readouterr()
    assert problem in printed.err
    assert len(printed.err.splitlines()) == 1


def test_no_secrets_are_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = made.file(tmp_path, {"@type": sections.SECRETS})
    assert run(["pc", "secret", "-f", file]) == 0
    assert capsys.readouterr().out == "No active or warming secrets found.\n"


def test_missing_endpoints_are_an_empty_table_with_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = made.file(tmp_path, made.clusters({"name": "a"}))
    assert run(["pc", "eds", "-f", file]) == 0
    printed = capsys.readouterr()
    assert printed.out == "NAME     STATUS     LOCALITY     CLUSTER\n"
    assert "include_eds" in printed.err


def test_endpoints_of_a_config_dump_are_those_that_were_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", "endpoint", "-f", DUMP, "--port", "3306"]) == 0
    assert "outbound|3306||stores.held.svc.cluster.local" in capsys.readouterr().out
    assert run(["pc", "endpoint", "-f", DUMP, "--address", "203.0.113.8", "-o", "name"]) == 0
    assert capsys.readouterr().out.startswith("endpoint/outbound|5432||")


def test_all_shows_what_there_is_and_names_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = made.file(tmp_path, made.clusters({"name": "outbound|80||a.b"}), made.routes({"name": "80"}))
    assert run(["pc", "all", "-f", file]) == 65
    printed = capsys.readouterr()
    assert "cluster/outbound|80||a.b" in printed.out
    assert "BootstrapConfigDump" in printed.err
    assert "ListenersConfigDump" in printed.err


def test_updates_that_were_refused_are_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    section = made.clusters({"name": "a"})
    section["dynamic_active_clusters"][0]["error_state"] = {"details": "no such type"}
    assert run(["pc", "c", "-f", made.file(tmp_path, section)]) == 0
    printed = capsys.readouterr()
    assert printed.err == "meshctl: the proxy refused an update of a: no such type\n"
    assert "a " in printed.out


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(made.text(made.clusters({"name": "a"})))))
    assert run(["pc", "c", "-f", "-"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("a ")


def test_the_other_page_is_named_when_the_wrong_one_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pc", "cluster", "-f", CLUSTERS]) == 65
    assert "read it with endpoint" in capsys.readouterr().err


def test_a_dump_that_is_nested_without_end_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = tmp_path / "dump.json"
    dump.write_text('{"configs":' + "[" * 100_000 + "]" * 100_000 + "}")
    assert run(["pc", "cluster", "-f", str(dump)]) == 65
    assert capsys.readouterr().err == "meshctl: the input is nested too deeply\n"
