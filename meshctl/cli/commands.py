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
    istiods: bool = False
    """Whether it asks istiods, so that it takes the flags that say which and how."""
    prefixes: bool = False
    """Whether the beginning of the name of a command below is enough, where no other one begins so."""
    flags: tuple[str, ...] = ()
    """Flags with a value that all commands below take, in front of their names too."""


def group(
    summary: str,
    commands: Mapping[str, Command],
    aliases: tuple[str, ...] = (),
    *,
    prefixes: bool = False,
    flags: tuple[str, ...] = (),
) -> Command:
    """A command that only has others below it."""
    return Command("", summary, aliases, commands=commands, prefixes=prefixes, flags=flags)


def _view(summary: str, *aliases: str, module: str = "proxy_config", function: str = "") -> Command:
    """A command that shows a part of what a proxy is configured with."""
    return Command(module, summary, aliases, function, cluster=True)


def find(table: Mapping[str, Command], word: str, *, prefixes: bool = False) -> list[str]:
    """The names of the commands that a word may stand for: as its name, an alias or, with prefixes, how it begins."""
    if word in table:
        return [word]
    exact = [name for name, entry in table.items() if word in entry.aliases]
    if exact or not prefixes or not word:
        return exact
    return [
        name for name, entry in table.items() if any(spelling.startswith(word) for spelling in (name, *entry.aliases))
    ]


_AUTHZ = group(
    "Tell which authorization policies apply, and what they decide.",
    {
        "can-i": Command(
            "authz_can_i",
            "Tell whether a request is allowed, and which rule decides.",
            function="authz_can_i",
            cluster=True,
        ),
        "check": Command(
            "authz_check", "Show the authorization policies of a proxy.", function="authz_check", cluster=True
        ),
    },
)

_PROXY_STATUS = Command(
    "proxy_status",
    "Show which proxies have what the control plane has for them.",
    ("ps",),
    cluster=True,
    istiods=True,
)

COMMANDS: Mapping[str, Command] = {
    "admin": group(
        "Look at and change settings of istiod.",
        {"log": Command("admin_log", "Show or set what istiod logs.", ("l",), "admin_log", cluster=True)},
        ("istiod",),
        flags=("--selector", "-l"),
    ),
    "analyze": Command("analyze", "Analyze mesh configuration and print what is wrong with it.", cluster=True),
    "authz": _AUTHZ,
    "completion": Command("completion", "Print a script that completes commands and flags in a shell."),
    "experimental": group(
        "Commands whose form may still change.",
        {
            "authz": _AUTHZ,
            "check-inject": Command(
                "check_inject", "Tell which rule decides whether a pod gets a sidecar.", cluster=True
            ),
            "describe": group(
                "Tell what the mesh does with a pod or service.",
                {
                    "pod": Command("describe", "Describe a pod.", ("po",), "describe_pod", cluster=True),
                    "service": Command("describe", "Describe a service.", ("svc",), "describe_service", cluster=True),
                },
                ("des",),
            ),
            "envoy-stats": Command("envoy_stats", "Print a proxy's own page of statistics.", ("es",), cluster=True),
            "export-charts": Command("export_charts", "Write the charts and profiles to a folder, for Helm."),
            "injector": group(
                "Look at what injects sidecars.",
                {"list": Command("injector", "List injectors and namespaces.", function="injector_list", cluster=True)},
            ),
            "internal-debug": Command(
                "internal_debug", "Print a debug page of the control plane.", cluster=True, istiods=True
            ),
            "metrics": Command("metrics", "Show requests, errors and latencies of workloads.", ("m",), cluster=True),
            "precheck": Command("precheck", "Check whether Istio can be installed or upgraded.", cluster=True),
            "proxy-status": _PROXY_STATUS,
            "version": Command("version", "Print the versions of meshctl and of what runs.", cluster=True),
        },
        ("x", "exp"),
    ),
    "explain": Command("explain", "Tell what a code means, with an example and what to do."),
    "kube-inject": Command("kube_inject", "Add proxies to the pods of manifests.", ("inject",), cluster=True),
    "install": Command("install", "Install a control plane, or change one.", ("apply",), cluster=True),
    "manifest": group(
        "Render and compare the manifests of an installation, or move it to Helm.",
        {
            "diff": Command("manifest", "Show what differs between two sets of manifests.", function="manifest_diff"),
            "generate": Command(
                "manifest", "Print the manifests of an installation.", function="manifest_generate", cluster=True
            ),
            "install": Command("install", "Install a control plane, or change one.", ("apply",), cluster=True),
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
    "proxy-config": group(
        "Show what a proxy is configured with, from a pod or a saved dump.",
        {
            "all": _view("Show all of it.", "a", module="proxy_config_all", function="proxy_config_all"),
            "bootstrap": _view("Show what the proxy was started with.", "b"),
            "cluster": _view("Show the clusters that requests are sent to.", "clusters", "c"),
            "diff": Command(
                "proxy_compare",
                "Show what differs between two proxies or dumps, or from what istiod would send.",
                function="proxy_diff",
                cluster=True,
                istiods=True,
            ),
            "ecds": _view("Show filters that the control plane serves by themselves.", "ec"),
            "eds": _view("Show the endpoints that the control plane sent.", module="proxy_endpoints"),
            "endpoint": _view("Show the endpoints and their health.", "endpoints", "ep", module="proxy_endpoints"),
            "listener": _view("Show the listeners and where they lead.", "listeners", "l"),
            "log": Command("proxy_log", "Show or set the log levels of a proxy.", ("o",), "proxy_log", cluster=True),
            "route": _view("Show the routes of each host.", "routes", "r"),
            "rootca-compare": _view(
                "Tell whether two proxies trust a common root.", "rc", module="proxy_compare", function="rootca_compare"
            ),
            "secret": _view("Show the certificates and how long they are good.", "secrets", "s"),
            "stats": Command("proxy_stats", "Show what a proxy counts and measures.", (), "proxy_stats", cluster=True),
            "trace": Command("proxy_trace", "Tell which way a request takes.", (), "proxy_trace", cluster=True),
        },
        ("pc",),
        prefixes=True,
        flags=("--output", "-o", "--proxy-admin-port"),
    ),
    "proxy-status": _PROXY_STATUS,
    "tag": group(
        "Name revisions, so that namespaces change to another one all at once.",
        {
            "generate": Command("tag", "Print the objects of a tag.", function="tag_generate", cluster=True),
            "list": Command("tag", "List the tags and revisions.", ("show",), "tag_list", cluster=True),
            "remove": Command("tag", "Remove a tag.", ("delete",), "tag_remove", cluster=True),
            "set": Command("tag", "Make a tag mean a revision.", function="tag_set", cluster=True),
        },
    ),
    "uninstall": Command("uninstall", "Remove a control plane.", cluster=True),
    "upgrade": Command("install", "Upgrade a control plane in place.", function="upgrade", cluster=True),
    "validate": Command("validate", "Check each object by itself: fields, types and values.", ("v",)),
    "verify-install": Command("verify_install", "Verify that an installation is as it should be.", cluster=True),
    "version": Command("version", "Print the versions of meshctl and of what runs.", cluster=True),
}
