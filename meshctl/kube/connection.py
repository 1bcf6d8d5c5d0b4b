"""Which cluster, and how to sign in: kubeconfig files as kubectl reads them, or the pod's own service account."""

from __future__ import annotations

import logging
import os
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshctl.kube.errors import KubeconfigError, NoKubeconfigError, UnreachableError

_MEMORY = "/dev/shm"  # noqa: S108 - a file system in memory, for the moment in which OpenSSL needs a file
_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user says about the cluster: the global flags of istioctl.

    An empty `kubeconfig` stands for `$KUBECONFIG` or `~/.kube/config`, an empty `context` for the current one;
    `request_timeout` are the seconds that one request may take.
    """

    kubeconfig: str = ""
    context: str = ""
    user: str = ""
    user_id: str = ""
    groups: Sequence[str] = ()
    request_timeout: float = 15.0


@dataclass(frozen=True, slots=True)
class Connection:
    """How requests reach the API server: its address, TLS, and what to send with each request."""

    server: str
    namespace: str
    """The namespace of the context; `default` where it has none."""
    context: str
    name: str
    """What the kubeconfig calls the cluster."""
    tls: ssl.SSLContext | None
    server_name: str
    proxy: str
    impersonation: tuple[tuple[str, str], ...]
    configuration: Any
    """The settings of the `kubernetes` library, which renews tokens that run out."""

    def headers(self) -> list[tuple[str, str]]:
        """The headers that say who asks; a token that ran out is renewed first."""
        token = self.configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        basic = "" if token else _basic(self.configuration)
        return [("Authorization", token or basic)] * bool(token or basic) + list(self.impersonation)


def connection(settings: Settings) -> Connection:
    """Reads the kubeconfig and signs in; raises `KubeconfigError`."""
    files = kubeconfig_files(settings)
    if not files and not settings.kubeconfig and (_SERVICE_ACCOUNT / "token").exists():
        return _in_cluster(settings)
    if not files:
        raise NoKubeconfigError(
            "there is no kubeconfig file, so no cluster to ask",
            hint="name one with --kubeconfig or in $KUBECONFIG",
        )
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

    try:
        merger = KubeConfigMerger(os.pathsep.join(files))
        merged = merger.config
        if merged is None or not merged.value:
            raise KubeconfigError(f"{', '.join(files)} holds no kubeconfig")
        # Of several files the first one that names a current context counts; the library takes the last.
        named = (file.get("current-context") for file in merger.config_files.values())
        merged.value["current-context"] = next(filter(None, named), None)
        with _kept_in_memory() as folder, _last_log_line() as complaints:
            _check_context(merged.value, settings.context)
            loader = KubeConfigLoader(merged, settings.context or None, temp_file_path=folder)
            configuration = Configuration()
            loader.load_and_set(configuration)
            if complaints:
                raise KubeconfigError(f"signing in failed: {complaints[-1]}", hint="is the helper program installed?")
            tls = _tls(configuration)
    except ConfigException as error:
        raise KubeconfigError(f"{', '.join(files)} cannot be used: {_plain(str(error))}") from error
    except KubeconfigError:
        raise
    except (TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        # What the library comes to in a file that is something else; the text would be one of Python's.
        raise KubeconfigError(
            f"{', '.join(files)} cannot be used: it is no kubeconfig",
            hint="kubectl config view shows what one looks like",
        ) from error
    except Exception as error:  # the library raises whatever else it meets
        raise KubeconfigError(f"{', '.join(files)} cannot be read: {_plain(str(error))}") from error
    context = loader.current_context
    inner = context.get("context") or {}
    return Connection(
        configuration.host,
        str(inner.get("namespace") or "default"),
        str(context.get("name", "")),
        str(inner.get("cluster", "")),
        tls,
        configuration.tls_server_name or "",
        configuration.proxy or "",
        _impersonation(settings),
        configuration,
    )


def _in_cluster(settings: Settings) -> Connection:
    """The connection of a pod with its service account."""
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, load_incluster_config

    configuration = Configuration()
    try:
        load_incluster_config(configuration)
    except ConfigException as error:
        raise KubeconfigError(f"the service account of this pod cannot be used: {_plain(str(error))}") from error
    try:
        namespace = (_SERVICE_ACCOUNT / "namespace").read_text().strip()
    except OSError:
        namespace = "default"
    tls = _tls(configuration)
    return Connection(
        configuration.host, namespace, "", "default", tls, "", "", _impersonation(settings), configuration
    )


def _check_context(merged: Any, wanted: str) -> None:
    """Says which contexts there are, where the one that is wanted is not among them."""
    names = [str(context["name"]) for context in merged["contexts"]]  # nodes of the library, not mappings
    if wanted and wanted not in names:
        raise KubeconfigError(f"there is no context {wanted!r}", hint=f"the contexts are {', '.join(names) or 'none'}")


def kubeconfig_files(settings: Settings) -> list[str]:
    """The kubeconfig files: a missing one counts only where the user names it by flag."""
    if settings.kubeconfig:
        if not Path(settings.kubeconfig).is_file():
            raise KubeconfigError(f"there is no file {settings.kubeconfig}", hint="--kubeconfig names it")
        return [settings.kubeconfig]
    named = os.environ.get("KUBECONFIG") or os.path.expanduser("~/.kube/config")
    return [file for file in named.split(os.pathsep) if file and Path(file).is_file()]


def _tls(configuration: Any) -> ssl.SSLContext | None:
    if not str(configuration.host).startswith("https"):
        return None
    try:
        context = ssl.create_default_context(cafile=configuration.ssl_ca_cert or None)
        if not configuration.verify_ssl:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise KubeconfigError(
            f"the certificates of the kubeconfig cannot be used: {error.strerror or error}"
        ) from error
    return context


@contextmanager
def _kept_in_memory() -> Iterator[str]:
    """A folder for keys that stand in the kubeconfig itself, as OpenSSL only takes files; gone in a moment."""
    with tempfile.TemporaryDirectory(prefix="meshctl-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as folder:
        yield folder


@contextmanager
def _last_log_line() -> Iterator[list[str]]:
    """What the library logs when a helper program fails, where one would expect an exception."""
    lines: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: lines.append(_plain(record.getMessage()))  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield lines
    finally:
        root.removeHandler(handler)


def _impersonation(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The headers for acting as somebody else; groups and the id only count together with a user."""
    if not settings.user:
        return ()
    headers = [("Impersonate-User", settings.user)]
    if settings.user_id:
        headers.append(("Impersonate-Uid", settings.user_id))
    return (*headers, *(("Impersonate-Group", group) for group in settings.groups))


def _basic(configuration: Any) -> str:
    if not configuration.username:
        return ""
    return str(configuration.get_basic_auth_token() or "")


def _plain(text: str) -> str:
    return " ".join(text.split())[:300]


def unreachable(server: str, problem: str) -> UnreachableError:
    """The error for an API server that does not answer."""
    return UnreachableError(
        f"the cluster at {server} cannot be reached: {problem}", hint="is it running, and the context the right one?"
    )
