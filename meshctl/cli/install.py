"""`meshctl install`, `apply`, `manifest install` and `upgrade`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.installing import FilesOption, ManifestsOption, RevisionOption, SetOption
from meshctl.cli.values import OneOf
from meshctl.errors import FINDING, MeshctlError

if TYPE_CHECKING:
    from meshctl.charts.installation import Installation
    from meshctl.install.outcome import Account
    from meshctl.install.plan import Plan
    from meshctl.kube import Cluster

YesOption = Annotated[bool, typer.Option("--skip-confirmation", "-y", help="Do not ask before changing anything.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Let the server check every object, without changing anything.")
]
DiffOption = Annotated[
    bool, typer.Option("--diff", help="Only show what would change; exit code 79 if something would.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Go on in spite of problems in the input and in the plan.")]
ForceConflictsOption = Annotated[
    bool, typer.Option("--force-conflicts", help="Overwrite fields that somebody else has set.")
]
TimeoutOption = Annotated[
    str, typer.Option("--readiness-timeout", metavar="DURATION", help="Time for everything, until all is ready.")
]
VerifyOption = Annotated[bool, typer.Option("--verify", hidden=True, help="Has no effect: install waits anyway.")]
OutputOption = Annotated[
    str,
    typer.Option(
        "--output", "-o", metavar="FORMAT", click_type=OneOf(("text", "json", "yaml")), help="text, json or yaml."
    ),
]


class RefusedError(MeshctlError):
    """The plan has problems and is not carried out."""


class CancelledError(MeshctlError):
    """The user did not agree, or was not there to do so."""


@dataclass(frozen=True, slots=True)
class _Request:
    files: list[str]
    sets: list[str]
    manifests: str
    revision: str
    yes: bool
    dry_run: bool
    diff: bool
    force: bool
    force_conflicts: bool
    seconds: float
    output: str
    upgrade: bool = False


def install(
    filename: FilesOption = None,
    sets: SetOption = None,
    manifests: ManifestsOption = "",
    revision: RevisionOption = "",
    skip_confirmation: YesOption = False,
    dry_run: DryRunOption = False,
    diff: DiffOption = False,
    force: ForceOption = False,
    force_conflicts: ForceConflictsOption = False,
    readiness_timeout: TimeoutOption = "5m0s",
    output: OutputOption = "text",
    verify: VerifyOption = False,
) -> int:
    """Install a control plane, or change one: shows the plan, asks, applies it, and waits until all is ready.

    Running it again changes nothing when all is as it should be, and goes on where an earlier run was stopped. What
    earlier runs installed for the same revision and this one does not want is removed.

    Exit codes: 0 when all is in place, 79 when --diff shows a difference, 1 otherwise.

    Examples:

      meshctl install --set profile=demo

      meshctl install -f operator.yaml --diff

      meshctl install --set profile=minimal --revision canary -y
    """
    return _run(
        _request(
            filename, sets, manifests, revision, skip_confirmation, dry_run, diff, force, force_conflicts,
            readiness_timeout, output)
    )  # fmt: skip


def upgrade(
    filename: FilesOption = None,
    sets: SetOption = None,
    manifests: ManifestsOption = "",
    revision: RevisionOption = "",
    skip_confirmation: YesOption = False,
    dry_run: DryRunOption = False,
    diff: DiffOption = False,
    force: ForceOption = False,
    force_conflicts: ForceConflictsOption = False,
    readiness_timeout: TimeoutOption = "5m0s",
    output: OutputOption = "text",
    verify: VerifyOption = False,
) -> int:
    """Upgrade a control plane in place: as install, but only one minor release at a time unless --force is given.

    Give the same files and flags as to install. To run both releases side by side for a while, install the new one
    with --revision instead.

    Examples:

      meshctl upgrade -f operator.yaml

      meshctl upgrade --set profile=demo --diff
    """
    return _run(
        _request(
            filename, sets, manifests, revision, skip_confirmation, dry_run, diff, force, force_conflicts,
            readiness_timeout, output, upgrade=True)
    )  # fmt: skip


def _request(
    files: list[str] | None, sets: list[str] | None, manifests: str, revision: str, yes: bool, dry_run: bool,
    diff: bool, force: bool, force_conflicts: bool, timeout: str, output: str, *, upgrade: bool = False,
) -> _Request:  # fmt: skip
    from meshctl.cli.durations import check_duration

    return _Request(
        files or [], sets or [], manifests, revision, yes, dry_run, diff, force, force_conflicts,
        check_duration(timeout, "--readiness-timeout"), output, upgrade,
    )  # fmt: skip


def _run(request: _Request) -> int:
    from meshctl.cli.clusters import open_cluster
    from meshctl.cli.installing import resolved_for
    from meshctl.kube import KubeconfigError

    try:
        cluster = open_cluster(request.seconds, "--readiness-timeout")
    except KubeconfigError as error:
        if not request.dry_run:
            raise
        return _offline(request, error)
    with cluster:
        return _Run(request, cluster, resolved_for(cluster, partial(_resolved, request))).run()


def _resolved(request: _Request, server_version: str = "") -> Installation:
    from meshctl.charts.installation import resolve
    from meshctl.cli.clusters import istio_namespace_flag

    namespace = istio_namespace_flag()
    sets = [*([f"values.global.istioNamespace={namespace}"] if namespace else []), *request.sets]
    return resolve(
        request.files,
        sets,
        revision=request.revision,
        package=request.manifests,
        server_version=server_version,
        force=request.force,
    )


def _offline(request: _Request, error: MeshctlError) -> int:
    """What can be said without a cluster: that the objects can be rendered, and which they are."""
    from meshctl.install.desired import desired

    found = desired(_resolved(request))
    for warning in found.warnings:
        _warn(warning)
    for item in found.objects:
        print(f"+ {item.identity}")
    print(f"{len(found.objects)} objects were rendered; no server was asked: {error.message}", file=sys.stderr)
    return 0


class _Run:
    """One run of install or upgrade."""

    def __init__(self, request: _Request, cluster: Cluster, installation: Installation) -> None:
        from meshctl.cli.progress import TerminalProgress

        self._request = request
        self._cluster = cluster
        self._installation = installation
        self._progress = TerminalProgress()
        cluster.transport.notice = self._progress.said
        self._machine = request.output != "text"
        self._warnings: list[str] = []
        self._problems: list[str] = []

    def run(self) -> int:
        """Plans, shows, asks and applies; the exit code."""
        from meshctl.install.plan import make_plan

        plan = make_plan(self._cluster, self._installation)
        self._warnings += plan.warnings
        if not plan.is_empty:
            self._check(plan)
        self._show(plan)
        if self._request.diff:
            self._print(plan, "planned")
            return 0 if plan.is_empty else FINDING
        if self._request.dry_run:
            return self._dry_run(plan)
        if self._problems and not self._request.force:
            self._print(plan, "refused")
            raise RefusedError("nothing was changed, as the plan has problems", hint="--force goes on in spite of them")
        if any(step.conflicts for step in plan.steps) and not self._request.force_conflicts:
            self._print(plan, "refused")
            raise RefusedError(
                "nothing was changed, as fields of the plan belong to somebody else",
                hint="put their values into your settings, give them up there, or use --force-conflicts to overwrite",
            )
        if not plan.is_empty and not self._request.yes:
            self._consent(plan)
        return self._apply(plan)

    def _check(self, plan: Plan) -> None:
        from meshctl.install.checks import check

        findings = check(plan, upgrade=self._request.upgrade)
        self._warnings += findings.cautions
        self._problems += findings.problems

    def _show(self, plan: Plan) -> None:
        from meshctl.output.installing import plan_lines
        from meshctl.output.terminal import Paint

        if not self._machine and not plan.is_empty:
            for line in plan_lines(plan, Paint(sys.stdout), whole=self._request.diff):
                print(line)
            sys.stdout.flush()
        for warning in self._warnings:
            _warn(warning)
        for problem in self._problems:
            print(f"Error: {problem}", file=sys.stderr)

    def _dry_run(self, plan: Plan) -> int:
        from meshctl.install.dry_run import dry_run

        verdicts = dry_run(self._cluster, plan)
        refused = [verdict for verdict in verdicts if verdict.refusal]
        unasked = [verdict for verdict in verdicts if verdict.unasked]
        for verdict in refused:
            self._problems.append(f"{verdict.identity}: {verdict.refusal}")
            print(f"refused: {verdict.identity}: {verdict.refusal}", file=sys.stderr)
        for verdict in unasked:
            self._warnings.append(f"{verdict.identity}: not checked: {verdict.unasked}")
            print(f"not checked: {verdict.identity}: {verdict.unasked}", file=sys.stderr)
        accepted = len(verdicts) - len(refused) - len(unasked)
        print(
            f"dry run: the server accepts {accepted} objects, refuses {len(refused)}, and could not be asked about "
            f"{len(unasked)}; nothing was changed",
            file=sys.stderr,
        )
        self._print(plan, "refused" if refused else "accepted")
        return 1 if refused else 0

    def _consent(self, plan: Plan) -> None:
        from meshctl.charts.installation import TAG
        from meshctl.cli.consent import agreed

        print(
            f"Istio {TAG}, profile {self._installation.profile}, is going to be installed into "
            f"{self._installation.namespace} of the cluster {self._cluster.name}.",
            file=sys.stderr,
        )
        if not agreed("Proceed? (y/N)"):
            self._print(plan, "cancelled")
            raise CancelledError("Cancelled.", hint="-y agrees without being asked")

    def _apply(self, plan: Plan) -> int:
        from meshctl.cli.interrupts import told_when_ended
        from meshctl.install.applying import Application

        application = Application(
            self._cluster.within(self._request.seconds), plan, self._progress, self._request.force_conflicts
        )
        with told_when_ended():
            account = application.run()
        self._progress.end()
        for note in account.notes:
            _warn(note)
        if account.failed:
            self._fail(account)
            self._print(plan, "failed", account)
            return 1
        self._print(plan, "unchanged" if plan.is_empty else "installed", account)
        if not self._machine:
            print("Nothing to change: all is installed and ready." if plan.is_empty else "Installation complete.")
        return 0

    def _fail(self, account: Account) -> None:
        from meshctl.output.accounts import account_lines
        from meshctl.output.terminal import Paint

        again = "Running the same command again goes on from here."
        for line in account_lines(account, Paint(sys.stderr), again=again):
            print(line, file=sys.stderr)

    def _print(self, plan: Plan, status: str, account: Account | None = None) -> None:
        """The plan and its result for programs."""
        if not self._machine:
            return
        from meshctl.documents import write_json, write_yaml
        from meshctl.output.installing import as_data

        data = as_data(plan, status, account, warnings=self._warnings, problems=self._problems)
        text = write_json(data, indent=2) + "\n" if self._request.output == "json" else write_yaml(data)
        sys.stdout.write(text)
        sys.stdout.flush()


def _warn(text: str) -> None:
    print(f"Warning: {text}", file=sys.stderr)
