"""The table of commands: where each lives and what it does in a line, so that only the one that runs is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the module under `meshctl.cli` that holds its function, and its help in one line.

    The function has the name of the command, with `_` for `-`, unless `function` names another one. A group has no
    module, but `commands` below it. `cluster` says that it reaches a cluster, so that its help lists the flags for it.
    """

    module: str
    summary: str
    aliases: tuple[str, ...] = ()
    function: str = ""
    commands: Mapping[str, Command] = field(default_factory=dict)
    cluster: bool = False


def group(summary: str, commands: Mapping[str, Command], aliases: tuple[str, ...] = ()) -> Command:
    """A command that only has others below it."""
    return Command("", summary, aliases, commands=commands)


COMMANDS: Mapping[str, Command] = {
    "analyze": Command("analyze", "Analyze mesh configuration and print what is wrong with it."),
    "completion": Command("completion", "Print a script that completes commands and flags in a shell."),
    "experimental": group(
        "Commands whose form may still change.",
        {"check-inject": Command("check_inject", "Tell which rule decides whether a pod gets a sidecar.")},
        ("x",),
    ),
    "explain": Command("explain", "Tell what a code means, with an example and what to do."),
    "kube-inject": Command("kube_inject", "Add proxies to the pods of manifests.", ("inject",)),
    "manifest": group(
        "Render and compare the manifests of an installation, or move it to Helm.",
        {
            "diff": Command("manifest", "Show what differs between two sets of manifests.", function="manifest_diff"),
            "generate": Command("manifest", "Print the manifests of an installation.", function="manifest_generate"),
            "translate": Command(
                "manifest", "Write values and scripts that move an installation to Helm.", function="manifest_translate"
            ),
        },
    ),
    "profile": group(
        "List, print and compare the profiles that an installation starts from.",
        {
            "diff": Command("profile", "Show what differs between two profiles or files.", function="profile_diff"),
            "dump": Command("profile", "Print what a profile sets.", function="profile_dump"),
            "list": Command("profile", "List the profiles.", function="profile_list"),
        },
    ),
    "validate": Command("validate", "Check each object by itself: fields, types and values.", ("v",)),
    "version": Command("version", "Print the version."),
}
