"""Spellings of Istio 1.20 are answered with one line that says what to write now."""

from __future__ import annotations

import pytest

from meshctl.cli.commands import COMMANDS
from meshctl.cli.former_commands import COMMANDS_BEFORE
from tests.cli.run import meshctl


@pytest.mark.parametrize(
    ("command", "now"),
    [
        ("operator init", "install -f FILE"),
        ("operator remove --purge", "install -f FILE"),
        ("experimental revision list", "meshctl tag list"),
        ("x rev describe canary", "meshctl tag list"),
        ("x wait --for=distribution VirtualService a.b", "proxy-status"),
        ("x waypoint apply", "waypoint"),
        ("exp ztunnel-config workload", "ztunnel-config"),
        ("x add-to-mesh deployment a", "meshctl kube-inject -f FILE"),
        ("x remove-from-mesh service a", "meshctl kube-inject --remove -f FILE"),
        ("x kube-uninject -f a.yaml", "meshctl kube-inject --remove -f FILE"),
        ("x create-remote-secret", "create-remote-secret"),
        ("x uninstall --purge", "uninstall"),
        ("pc workload ztunnel-1", "ztunnel-config workload"),
        ("manifest generate --component x", "-o FOLDER"),
    ],
)
def test_old_spelling(command: str, now: str) -> None:
    done = meshctl(*command.split())
    assert (done.code, done.out) == (64, "")
    assert now in done.err
    assert done.err.count("\n") == 1


def test_no_spelling_is_both_old_and_new() -> None:
    for path in COMMANDS_BEFORE:
        table = COMMANDS
        for word in path[:-1]:
            table = table[word].commands
        assert path[-1] not in table
        assert not any(path[-1] in entry.aliases for entry in table.values())


def test_other_unknown_words_and_flags_get_the_nearest() -> None:
    assert "did you mean analyze" in meshctl("analyse").err
    unknown = meshctl("manifest", "generate", "--filenam", "x")
    assert unknown.code == 64
    assert "--filename" in unknown.err
