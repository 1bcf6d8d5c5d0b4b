"""`meshctl uninstall`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.install import CancelledError, DryRunOption, OutputOption, YesOption
from meshctl.cli.installing import ManifestsOption, SetOption
from meshctl.cli.values import REVISIONS
from meshctl.errors import UsageError

if TYPE_CHECKING:
    from meshctl.install.outcome import Account
    from meshctl.install.uninstalling import Removal, Scope


def uninstall(
    filename: Annotated[
        str, typer.Option("--filename", "-f", metavar="FILE|-", help="Remove what this IstioOperator installed.")
    ] = "",
    sets: SetOption = None,
    manifests: ManifestsOption = "",
    revision: Annotated[
        str,
        typer.Option(
            "--revision", "-r", metavar="NAME", click_type=REVISIONS, help="Remove the control plane of this revision."
        ),
    ] = "",
    purge: Annotated[
        bool, typer.Option("--purge", help="Remove every control plane and what they share, however installed.")
    ] = False,
    delete_crds: Annotated[
        bool, typer.Option("--delete-crds", help="Remove definitions of kinds too that have objects, and these.")
    ] = False,
    skip_confirmation: YesOption = False,
    dry_run: DryRunOption = False,
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="DURATION", help="Time for everything, until all is gone.")
    ] = "5m0s",
    output: OutputOption = "text",
    force: Annotated[bool, typer.Option("--force", hidden=True, help="Has no effect.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", hidden=True, help="Objects are listed anyway.")] = False,
) -> int:
    """Remove a control plane: lists what goes and what stays, asks, removes it, and waits until it is gone.

    One revision goes with its tags; with --purge all of them, and what they share. Namespaces stay, and so do
    objects of yours: definitions of kinds go only when no object is left of them, or with --delete-crds.

    Examples:

      meshctl uninstall --revision canary

      meshctl uninstall --purge -y
    """
    from meshctl.cli.clusters import open_cluster
    from meshctl.cli.consent import agreed
    from meshctl.cli.durations import check_duration
    from meshctl.cli.interrupts import told_when_ended
    from meshctl.cli.progress import TerminalProgress
    from meshctl.install.uninstalling import carry_out, plan_removal

    if not (revision or purge or filename or sets):
        raise UsageError("what is to be removed?", hint="name a --revision, give the file, or use --purge for all")
    seconds = check_duration(timeout, "--timeout")
    scope = _scope(filename, sets or [], manifests, revision, purge=purge, delete_crds=delete_crds)
    if purge and (revision or filename):
        print("Warning: --purge removes everything, whatever --revision and --filename say", file=sys.stderr)
    with open_cluster(seconds) as cluster:
        progress = TerminalProgress()
        cluster.transport.notice = progress.said
        removal = plan_removal(cluster, scope)
        _show(removal, output)
        if not removal.objects and not removal.made_by_istiod:
            _print(removal, output, "nothing to remove", None)
            return 0
        if dry_run:
            _print(removal, output, "planned", None)
            return 0
        if not skip_confirmation and not agreed("Proceed? (y/N)"):
            _print(removal, output, "cancelled", None)
            raise CancelledError("Cancelled.", hint="-y agrees without being asked")
        with told_when_ended():
            account = carry_out(cluster.within(seconds), removal, progress)
        progress.end()
    _print(removal, output, "failed" if account.failed else "removed", account)
    return 1 if account.failed else 0


def _scope(file: str, sets: list[str], manifests: str, revision: str, *, purge: bool, delete_crds: bool) -> Scope:
    """What the flags mean; a file or --set without a revision means the one without a name."""
    from meshctl.cli.clusters import istio_namespace
    from meshctl.install.ownership import DEFAULT_REVISION
    from meshctl.install.uninstalling import Scope

    namespace, name = istio_namespace(), ""
    if (file or sets) and not purge:
        from meshctl.charts.installation import resolve  # loads all charts, which a revision by its name does not need

        found = resolve([file] if file else [], sets, revision=revision, package=manifests, force=True)
        namespace, name, revision = found.namespace, found.name, found.revision
    return Scope(namespace, revision or DEFAULT_REVISION, name, purge, delete_crds)


def _show(removal: Removal, format_: str) -> None:
    from meshctl.output.terminal import Paint

    paint = Paint(sys.stdout)
    if format_ == "text":
        for key, _ in (*removal.objects, *removal.made_by_istiod):
            print(f"{paint('-', 'red')} {key}")
        for line in removal.kept:
            print(f"stays: {line}")
        number = len(removal.objects) + len(removal.made_by_istiod)
        print(f"{number} to remove" if number else "There is nothing to remove.")
        sys.stdout.flush()
    for line in removal.warnings:
        print(f"Warning: {line}", file=sys.stderr)


def _print(removal: Removal, format_: str, status: str, account: Account | None) -> None:
    from meshctl.documents import write_json, write_yaml
    from meshctl.output.accounts import account_lines, removal_data
    from meshctl.output.terminal import Paint

    if format_ != "text":
        data = removal_data(removal, status, account)
        sys.stdout.write(write_json(data, indent=2) + "\n" if format_ == "json" else write_yaml(data))
    if account is None:
        return
    if account.failed:
        again = "Running the same command again removes the rest."
        for line in account_lines(account, Paint(sys.stderr), again=again, removal=True):
            print(line, file=sys.stderr)
    elif format_ == "text":
        print("Uninstallation complete.")
