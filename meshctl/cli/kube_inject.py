"""`meshctl kube-inject`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshctl.cli import clusters
from meshctl.cli.durations import check_duration
from meshctl.cli.options import IstioNamespaceOption
from meshctl.cli.values import REVISIONS, OneOf
from meshctl.errors import FINDING, UNREADABLE, UsageError

if TYPE_CHECKING:
    from meshctl.inject.configuration import Request
    from meshctl.inject.manifests import Account, Injects, Manifests

_NATIVE = "ENABLE_NATIVE_SIDECARS"
_XDS_PORT = 15012


def kube_inject(
    filename: Annotated[
        list[str] | None,
        typer.Option("--filename", "-f", metavar="FILE|DIRECTORY|-", help="What to read; may be repeated."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Write here; it may be the file that is read.")
    ] = "",
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", click_type=OneOf(("yaml", "json")), help="yaml or json.")
    ] = "yaml",
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit with 79 if something would change or cannot be injected."),
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the sidecars out again.")] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Write what can be written despite errors.")] = False,
    report: Annotated[
        str,
        typer.Option(
            "--report", metavar="FORMAT", click_type=OneOf(("json",), optional=True), help="json: the account as JSON."
        ),
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on standard error.")] = False,
    values: Annotated[
        list[str] | None,
        typer.Option("--values", metavar="FILE", help="Values over those of the configuration; may be repeated."),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", "-s", metavar="PATH=VALUE", help="One value; may be repeated.")
    ] = None,
    native_sidecars: Annotated[
        bool | None,
        typer.Option("--native-sidecars/--no-native-sidecars", help="Run the proxy as a native sidecar."),
    ] = None,
    inject_config_file: Annotated[
        str, typer.Option("--injectConfigFile", metavar="FILE", help="The injector's configuration, or one template.")
    ] = "",
    mesh_config_file: Annotated[str, typer.Option("--meshConfigFile", metavar="FILE", help="The mesh config.")] = "",
    values_file: Annotated[
        str, typer.Option("--valuesFile", metavar="FILE", help="The values captured with the configuration.")
    ] = "",
    operator_file: Annotated[
        str, typer.Option("--operatorFileName", metavar="FILE", help="An IstioOperator whose values to use.")
    ] = "",
    revision: Annotated[
        str,
        typer.Option("--revision", "-r", metavar="NAME", click_type=REVISIONS, help="Revision of the control plane."),
    ] = "",
    istio_namespace: IstioNamespaceOption = "",
    use_kube: Annotated[
        bool, typer.Option("--use-kube/--no-use-kube", help="Take what no file gives from the cluster.")
    ] = False,
    webhook: Annotated[
        bool, typer.Option("--webhook/--no-webhook", help="With --use-kube: let the cluster's own injector do it.")
    ] = False,
    webhook_config: Annotated[
        str,
        typer.Option("--webhookConfig", metavar="NAME", help="The webhook configuration to ask, not the revision's."),
    ] = "",
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="DURATION", help="Time for all questions to a cluster.")
    ] = "30s",
    inject_config_map: Annotated[str, typer.Option("--injectConfigMapName", hidden=True)] = "istio-sidecar-injector",
    mesh_config_map: Annotated[str, typer.Option("--meshConfigMapName", hidden=True)] = "istio",
    xds_address: Annotated[str, typer.Option("--xds-address", hidden=True)] = "",
    xds_label: Annotated[str, typer.Option("--xds-label", hidden=True)] = "",
    xds_port: Annotated[int, typer.Option("--xds-port", hidden=True)] = _XDS_PORT,
    cert_dir: Annotated[str, typer.Option("--cert-dir", hidden=True)] = "",
    authority: Annotated[str, typer.Option("--authority", hidden=True)] = "",
    insecure: Annotated[bool, typer.Option("--insecure", hidden=True)] = False,
    plaintext: Annotated[bool, typer.Option("--plaintext", hidden=True)] = False,
) -> int:
    """Add proxies to the pods of manifests; everything else passes through unchanged.

    Needs no cluster: the configuration is built in, or in files captured from a cluster; --use-kube reads it there.
    Exit codes: 79 for a finding of --check, 65 when something could not be read or injected, 64 for wrong usage, 0
    otherwise.

    Examples:

      meshctl kube-inject -f app.yaml | kubectl apply -f -

      meshctl kube-inject -f app.yaml --set global.proxy.logLevel=debug

      meshctl kube-inject -f app.yaml --use-kube

      meshctl kube-inject -f app.yaml --injectConfigFile config.yaml --meshConfigFile mesh.yaml --valuesFile values.json
    """
    from meshctl.inject.configuration import Request
    from meshctl.inject.manifests import Change, injecting, process, removing
    from meshctl.sources.files import read_texts

    if not filename:
        raise UsageError("there is nothing to inject into", hint="name files or directories with -f, or -f - for input")
    if webhook and not use_kube:
        raise UsageError("--webhook asks a cluster", hint="say --use-kube too")
    seconds = check_duration(timeout, "--timeout")
    request = Request(
        config_file=inject_config_file,
        mesh_file=mesh_config_file,
        values_file=values_file,
        operator_file=operator_file,
        values_files=values or (),
        sets=set_ or (),
        revision=revision,
        istio_namespace=istio_namespace or clusters.istio_namespace(),
        native_sidecars=_native(native_sidecars),
        config_map=inject_config_map,
        mesh_config_map=mesh_config_map,
    )
    if not quiet:
        _tell_of_idle_flags(
            {
                "--webhookConfig": bool(webhook_config) and not webhook,
                "--xds-address": bool(xds_address) and not webhook,
                "--xds-label": bool(xds_label),
                "--xds-port": xds_port != _XDS_PORT,
                "--cert-dir": bool(cert_dir),
                "--authority": bool(authority),
                "--insecure": insecure,
                "--plaintext": plaintext,
            }
        )
    change: Change = removing
    if not remove:
        wanted = (webhook_config, xds_address) if webhook else None
        change = injecting(_injector(request, seconds, wanted, use_kube, quiet=quiet))
    import gc

    gc.disable()  # a run makes many objects and no cycles
    found = process(read_texts(filename), change)
    return _finish(found, output, format_, report, check=check, keep_going=keep_going, quiet=quiet)


def _injector(
    request: Request, seconds: float, webhook: tuple[str, str] | None, use_kube: bool, *, quiet: bool
) -> Injects:
    """Our injector with its settings, or the one of the cluster where a webhook is wanted.

    `webhook` is the name of its configuration and an address of an injector outside, which may be empty.
    """
    from meshctl.inject.configuration import load
    from meshctl.inject.injector import Injector

    live = None
    if use_kube:
        from meshctl.inject.live import LiveConfiguration

        cluster = clusters.open_cluster(seconds)
        live = LiveConfiguration(cluster)
        if webhook is not None:
            from meshctl.inject.webhook_client import Webhook

            revision = request.revision or live.default_revision(request.istio_namespace)
            name, address = webhook
            return Webhook(
                cluster, revision, configuration=name, namespace=clusters.namespace(cluster), address=address
            )
    settings = load(request, live)
    if not quiet:
        for warning in settings.config.warnings:
            print(f"warning: {settings.origin}: {warning}", file=sys.stderr)
    injector = Injector(settings)
    injector.check()
    return injector


def _tell_of_idle_flags(given: dict[str, bool]) -> None:
    """istioctl takes these too, and they do nothing there either."""
    flags = [flag for flag, is_given in given.items() if is_given]
    if flags:
        print(f"warning: {' and '.join(flags)} have no effect", file=sys.stderr)


def _native(flag: bool | None) -> bool | None:
    """The flag, or else the variable by which istioctl is told."""
    if flag is not None:
        return flag
    text = os.environ.get(_NATIVE, "")
    if text in ("", "auto"):
        return None
    if text not in ("true", "false"):
        raise UsageError(f"{_NATIVE} cannot be {text!r}", hint="it is true, false or auto")
    return text == "true"


def _finish(
    found: Manifests, output: str, format_: str, report: str, *, check: bool, keep_going: bool, quiet: bool
) -> int:
    """Writes the result and the account, and gives the exit code."""
    from meshctl.inject.manifests import as_json, as_yaml

    failed = [account for account in found.accounts if account.result == "failed"]
    if not check and (not failed or keep_going):
        text = as_json(found) if format_ == "json" else as_yaml(found)
        if output and output != "-":
            from meshctl.output.writing import write_file

            write_file(output, text)
        else:
            sys.stdout.write(text)
            sys.stdout.flush()
    if report == "json":
        import json

        print(json.dumps([_as_data(account) for account in found.accounts], indent=2), file=sys.stderr)
    else:
        for account in found.accounts:
            _print(account, check=check, quiet=quiet)
    if check:
        return FINDING if failed or any(account.changed for account in found.accounts) else 0
    return UNREADABLE if failed else 0


def _as_data(account: Account) -> dict[str, Any]:
    found = {
        "file": account.file,
        "line": account.line,
        "document": account.document,
        "workload": account.workload,
        "result": account.result,
        "rule": account.rule,
        "reason": account.reason,
        "changed": account.changed,
        "warnings": list(account.warnings),
        "problem": account.problem,
        "hint": account.hint,
    }
    return {key: value for key, value in found.items() if value not in ("", [])}


def _print(account: Account, *, check: bool, quiet: bool) -> None:
    if account.problem:
        hint = f" ({account.hint})" if account.hint else ""
        place = f"{account.place}: document {account.document}, {account.workload}"
        print(f"{place}: {account.problem}{hint}", file=sys.stderr)
        return
    if quiet:
        return
    result = f"would be {account.result}" if check and account.changed else account.result
    print(f"{account.workload}: {result}: {account.reason}", file=sys.stderr)
    for warning in account.warnings:
        print(f"{account.workload}: warning: {warning}", file=sys.stderr)
