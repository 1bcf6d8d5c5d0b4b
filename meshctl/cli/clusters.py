"""The cluster that a command means, by the global flags, variables and the configuration file of istioctl."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meshctl.cli.durations import check_duration
from meshctl.errors import FAILURE, MeshctlError

if TYPE_CHECKING:
    from meshctl.kube import Cluster, Settings

ISTIO_NAMESPACE = "istio-system"
_TIMEOUT = "15s"
_REQUESTS = 4
"""How many requests one after another an answer of a pod takes: kinds, the object with its pods, and the pod itself."""


class ConfigurationFileError(MeshctlError):
    """The file that `$ISTIOCONFIG` names cannot be used."""

    exit_code = FAILURE


def settings(context: str = "") -> Settings:
    """What the flags of the running command say about the cluster, or about that of another context."""
    from meshctl.kube import Settings

    return Settings(
        kubeconfig=_flag("--kubeconfig"),
        context=context or _flag("--context"),
        user=_flag("--as"),
        user_id=_flag("--as-uid"),
        groups=tuple(_meta().get("--as-group") or ()),
        request_timeout=check_duration(_flag("--kubeclient-timeout") or _TIMEOUT, "--kubeclient-timeout"),
    )


def open_cluster(timeout: float | None = None, flag: str = "--timeout") -> Cluster:
    """The cluster of the running command, with one limit of `timeout` seconds for all requests together.

    `flag` is the one that sets the limit.
    """
    from meshctl.kube import Deadline, connect

    return connect(settings(), Deadline(timeout, flag))


def open_for_pods() -> Cluster:
    """The cluster of a command that asks pods: all together may take as long as --timeout, or as a few requests."""
    from meshctl.kube import Deadline, connect

    found = settings()
    limit = _flag("--timeout")  # the flag of those commands only that ask istiods too
    if limit:
        return connect(found, Deadline(check_duration(limit, "--timeout")))
    return connect(found, Deadline(_REQUESTS * found.request_timeout, "--kubeclient-timeout"))


def chosen_namespace() -> str:
    """The namespace that the user names; empty when none is named."""
    return _flag("--namespace")


def namespace(cluster: Cluster | None = None) -> str:
    """The namespace that the command works in: the flag's, else that of the context, else `default`."""
    return _flag("--namespace") or (cluster.namespace if cluster is not None else "default")


def istio_namespace() -> str:
    """The namespace of the control plane: the flag's, else as `setting` finds it."""
    return _flag("--istioNamespace") or setting("istioNamespace", "ISTIOCTL_ISTIONAMESPACE", ISTIO_NAMESPACE)


def istio_namespace_flag() -> str:
    """The namespace of the control plane if the flag names one; empty otherwise."""
    return _flag("--istioNamespace")


def setting(key: str, variable: str, default: str) -> str:
    """A setting of istioctl that has no flag on the command line: a variable, else the configuration file."""
    if variable in os.environ:
        return os.environ[variable]
    found = _configuration_file().get(key)
    return default if found is None else str(found)


def _configuration_file() -> Mapping[str, Any]:
    """The file at `$ISTIOCONFIG`, or the one in the home directory, of which mistakes are ignored."""
    named = os.environ.get("ISTIOCONFIG", "")
    path = Path(named or os.path.expanduser("~/.istioctl/config.yaml"))
    try:
        text = path.read_text(encoding="utf-8")
        found = _read(text, path)
    except (OSError, ValueError) as error:
        if not named:
            return {}
        raise ConfigurationFileError(f"{path} cannot be read", hint="$ISTIOCONFIG names it") from error
    return found if isinstance(found, dict) else {}


def _read(text: str, path: Path) -> Any:
    if path.suffix == ".toml":
        import tomllib

        return tomllib.loads(text)
    from meshctl.documents import DocumentError, parse, split

    try:
        return next((parse(chunk).data for chunk in split(text)), None)
    except DocumentError as error:
        raise ValueError(str(error)) from error


def _flag(name: str) -> str:
    return str(_meta().get(name) or "")


def _meta() -> Mapping[str, Any]:
    context = click.get_current_context(silent=True)
    return context.meta if context is not None else {}
