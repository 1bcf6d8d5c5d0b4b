"""The istiods that a command asks, by its flags, variables and the configuration file of istioctl."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from meshctl.cli.clusters import istio_namespace, open_cluster, setting
from meshctl.cli.durations import check_duration
from meshctl.cli.values import FILES, REVISIONS, Value
from meshctl.errors import MeshctlError, UnreadableError, UsageError

if TYPE_CHECKING:
    from meshctl.kube import Cluster
    from meshctl.sources.istiods import Istiod
    from meshctl.xds.debug import Security

_TIMEOUT = "30s"
_XDS_PORT = "15012"
_AUDIENCE = "istio-ca"
_ACCOUNT = "default"
_TRUE = {"1", "t", "true"}
_FALSE = {"", "0", "f", "false"}


def flags(keep: Callable[[click.Context, click.Parameter, object], None]) -> list[click.Parameter]:
    """The flags of commands that ask istiods; `keep` is told their values."""

    def text(*spellings: str, metavar: str, help: str, type: Value | None = None) -> click.Option:  # noqa: A002 - as click calls it
        return click.Option(spellings, metavar=metavar, help=help, type=type, expose_value=False, callback=keep)

    def switch(name: str, help: str) -> click.Option:  # noqa: A002
        return click.Option(
            [f"--{name}/--no-{name}"], default=None, help=help, expose_value=False, callback=keep, show_default=False
        )

    return [
        text("--revision", "-r", metavar="NAME", help="Ask the control plane of this revision only.", type=REVISIONS),
        text("--xds-label", metavar="LABELS", help="Labels of the pods of istiod instead of app=istiod."),
        text(
            "--xds-address",
            metavar="HOST:PORT",
            help="Ask the istiod there by its own protocol; http://HOST:PORT is its debug port.",
        ),
        text("--xds-port", metavar="PORT", help=f"Port of an address without one; {_XDS_PORT} if not given."),
        text("--authority", metavar="NAME", help="Name that the certificate of the address has."),
        text("--cert-dir", metavar="FOLDER", help="Folder with root-cert.pem, cert-chain.pem, key.pem.", type=FILES),
        switch("insecure", "Trust whoever answers at the address."),
        switch("plaintext", "Speak to the address without TLS, and without a token."),
        text("--timeout", metavar="DURATION", help=f"Time for all questions together; {_TIMEOUT} if not given."),
    ]  # fmt: skip


def seconds() -> float:
    """The time for all questions together."""
    return check_duration(_flag("--timeout") or _TIMEOUT, "--timeout")


def revision() -> str:
    """The one revision that is asked; empty for all."""
    return _flag("--revision")


def istiods_of_address() -> list[Istiod]:
    """The istiod at the address that the user names; none when nobody names one."""
    address = _flag("--xds-address")
    if address and _flag("--xds-label"):
        raise UsageError("--xds-address and --xds-label exclude each other", hint="leave one out")
    if not address and not _flag("--xds-label"):
        address = setting("xds-address", "ISTIOCTL_XDS_ADDRESS", "")
    if not address:
        return []
    from meshctl.sources.istiods import at_address

    return [at_address(address, _xds_port(), _security, seconds())]


def _xds_port() -> int:
    port = _flag("--xds-port") or setting("xds-port", "ISTIOCTL_XDS_PORT", _XDS_PORT)
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"--xds-port cannot be {port!r}", hint="write a number such as 15012")
    return int(port)


def istiods_of(cluster: Cluster) -> list[Istiod]:
    """The running istiods of a cluster, or the one outside of it. Raises an error when there is none."""
    from meshctl.sources.control_plane import control_plane_pods, external_address
    from meshctl.sources.istiods import ForwardedIstiod, at_address

    where, name, label = istio_namespace(), revision(), _flag("--xds-label")
    pods = control_plane_pods(cluster, where, name, **({"selector": label} if label else {}))
    outside = "" if pods or label else external_address(cluster, name)
    if outside:
        return [at_address(outside, _xds_port(), _security, seconds())]
    if not pods:
        of_revision = f" of revision {name}" if name else ""
        raise UnreadableError(
            f"no istiod{of_revision} runs in namespace {where}",
            hint="--istioNamespace names another one; --xds-address asks one outside of the cluster",
        )
    xds = partial(_forwarded_xds, cluster, where, _xds_port(), plaintext=_switch("plaintext"))
    return [ForwardedIstiod(cluster, pod, xds) for pod in pods]


def _forwarded_xds(cluster: Cluster, where: str, port: int, *, plaintext: bool) -> tuple[int, Security]:
    """How istiod is asked through a port-forward, where no name leads to it that its certificate could have.

    This runs in threads, which know nothing of flags.
    """
    from meshctl.xds.debug import Security

    token = "" if plaintext else cluster.token(_ACCOUNT, where, _AUDIENCE)
    return port, Security(plaintext=plaintext, insecure=True, token=token)


def _security() -> Security:
    from meshctl.xds.debug import Security

    plaintext, insecure = _switch("plaintext"), _switch("insecure")
    cert_dir = _flag("--cert-dir") or setting("cert-dir", "ISTIOCTL_CERT_DIR", "")
    if plaintext and cert_dir:
        raise UsageError("--plaintext and --cert-dir exclude each other", hint="there are no certificates without TLS")
    return Security(
        plaintext=plaintext,
        insecure=insecure,
        cert_dir=cert_dir,
        authority=_flag("--authority") or setting("authority", "ISTIOCTL_AUTHORITY", ""),
        token="" if plaintext or cert_dir else _token(),
    )


def _token() -> str:
    """A token by which istiod knows the user, as somebody whom the cluster lets have one."""
    try:
        with open_cluster(seconds()) as cluster:
            return cluster.token(_ACCOUNT, istio_namespace(), _AUDIENCE)
    except MeshctlError as error:
        raise UnreadableError(
            f"no token for the control plane: {error.message}", hint="--cert-dir or --plaintext need none"
        ) from error


def _switch(name: str) -> bool:
    value = _meta().get(f"--{name}")
    if value is not None:
        return bool(value)
    text = setting(name, f"ISTIOCTL_{name.upper()}", "false").lower()
    if text not in _TRUE | _FALSE:
        raise UsageError(f"{name} cannot be {text!r}", hint="it is true or false, in the variable or file")
    return text in _TRUE


def _flag(name: str) -> str:
    return str(_meta().get(name) or "")


def _meta() -> dict[str, Any]:
    context = click.get_current_context(silent=True)
    return context.meta if context is not None else {}
