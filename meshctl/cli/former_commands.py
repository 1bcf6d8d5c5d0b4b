"""Commands and flags of older istioctl releases, and what takes their place now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshctl.cli.commands import COMMANDS, find


@dataclass(frozen=True, slots=True)
class Former:
    """What became of a command or flag: the release that lost it, the command that does it now, and more to say."""

    release: str = ""
    now: str = ""
    advice: str = ""

    def message(self, spelling: str) -> str:
        """That the command or flag of this spelling is no more."""
        return f"{spelling} is gone since Istio {self.release}" if self.release else f"{spelling} stands elsewhere"

    @property
    def hint(self) -> str:
        """What to do instead. Of the new commands of istioctl that meshctl lacks, it says so."""
        if not self.now:
            return self.advice
        tool = "meshctl" if _exists(self.now.split()) else "istioctl"
        return f"use `{tool} {self.now}`" + (f"; {self.advice}" if self.advice else "")


_NO_OPERATOR = Former("1.24", "install -f FILE", "there is no operator in the cluster any more")
_LABELS = "label the namespace istio-injection=enabled and restart its workloads"

COMMANDS_BEFORE = {
    ("operator",): _NO_OPERATOR,
    ("experimental", "revision"): Former("1.21", "tag list"),
    ("experimental", "rev"): Former("1.21", "tag list"),
    ("experimental", "wait"): Former("1.23", "proxy-status", "it shows which proxies have their configuration"),
    ("experimental", "waypoint"): Former("1.23", "waypoint"),
    ("experimental", "ztunnel-config"): Former("1.23", "ztunnel-config"),
    ("experimental", "add-to-mesh"): Former("1.19", "kube-inject -f FILE", f"or {_LABELS}"),
    ("experimental", "remove-from-mesh"): Former("1.19", "kube-inject --remove -f FILE"),
    ("experimental", "kube-uninject"): Former("1.19", "kube-inject --remove -f FILE"),
    ("experimental", "create-remote-secret"): Former("1.19", "create-remote-secret"),
    ("experimental", "remote-clusters"): Former("1.19", "remote-clusters"),
    ("experimental", "uninstall"): Former("1.19", "uninstall"),
    ("experimental", "tag"): Former("1.11", "tag"),
    ("proxy-config", "workload"): Former("1.23", "ztunnel-config workload"),
}
"""Words that no command has now, by their place in the tree of commands."""

FLAGS_BEFORE = {
    ("manifest", "generate", "--component"): Former(
        "1.24", advice="-o FOLDER writes a file for each component, and --set switches components off"
    ),
    ("proxy-status", "-f"): Former("1.27", advice="write --file"),
    ("experimental", "proxy-status", "--xds-via-agents"): Former("1.25", "proxy-status"),
    ("bug-report", "--rps-limit"): Former("1.21", advice="write --rq-concurrency"),
    ("waypoint", "-s"): Former("1.22", advice="write --for"),
    ("waypoint", "--service-account"): Former("1.22", advice="write --for"),
}
"""Flags that a command, or the commands below it, had before."""


def former_command(path: Sequence[str]) -> Former | None:
    """What became of a command, by all its words without `meshctl`; None when it never was one."""
    return COMMANDS_BEFORE.get(tuple(path))


def former_flag(path: Sequence[str], flag: str) -> Former | None:
    """What became of a flag of the command at a path."""
    return next((FLAGS_BEFORE[way] for end in range(len(path), 0, -1)
                 if (way := (*path[:end], flag)) in FLAGS_BEFORE), None)  # fmt: skip


def _exists(words: Sequence[str]) -> bool:
    """Whether the words begin with a command of meshctl, down to one that has none below it."""
    table = COMMANDS
    for word in words:
        names = find(table, word)
        if len(names) != 1:
            return False
        table = table[names[0]].commands
        if not table:
            return True
    return True
