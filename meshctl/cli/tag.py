"""`meshctl tag set|generate|list|remove`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.clusters import istio_namespace, open_cluster
from meshctl.cli.consent import agreed
from meshctl.cli.durations import check_duration
from meshctl.cli.installing import ManifestsOption
from meshctl.cli.options import TimeoutOption
from meshctl.cli.values import REVISIONS, TAGS, OneOf
from meshctl.errors import UNREADABLE, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meshctl.install.revisions import Tag
    from meshctl.install.tags import TagPlan

_TIMEOUT = "1m"
_UNLISTED = "Which namespaces use a tag is not known"

TagArgument = Annotated[str, typer.Argument(metavar="TAG", click_type=TAGS, help="Name of the tag.")]
TargetOption = Annotated[
    str, typer.Option("--revision", "-r", metavar="NAME", click_type=REVISIONS, help="Revision that the tag means.")
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Let a tag that exists mean another revision.")]
YesOption = Annotated[bool, typer.Option("--skip-confirmation", "-y", help="Do not ask.")]
WebhookNameOption = Annotated[
    str, typer.Option("--webhook-name", metavar="NAME", help="Name of the webhook configuration.")
]
EverywhereOption = Annotated[
    bool,
    typer.Option("--auto-inject-namespaces", help="With the tag default: inject in namespaces without labels too."),
]


def tag_set(
    tag: TagArgument,
    revision: TargetOption = "",
    overwrite: OverwriteOption = False,
    skip_confirmation: YesOption = False,
    manifests: ManifestsOption = "",
    webhook_name: WebhookNameOption = "",
    auto_inject_namespaces: EverywhereOption = False,
    timeout: TimeoutOption = _TIMEOUT,
) -> int:
    """Make a tag mean a revision: namespaces with the label istio.io/rev=TAG get its sidecars.

    Examples:

      meshctl tag set prod --revision 1-31-0

      meshctl tag set default --revision 1-31-0 --overwrite
    """
    from meshctl.install.revisions import read_revisions
    from meshctl.install.tag_objects import Wish
    from meshctl.install.tags import carry_out, plan_tag

    wish = Wish(tag, _required(revision), overwrite, webhook_name, auto_inject_namespaces, manifests)
    seconds = check_duration(timeout, "--timeout")
    with open_cluster(seconds) as cluster:
        plan = plan_tag(wish, read_revisions(cluster, istio_namespace()))
        if not _accepted(plan, skip_confirmation):
            print("nothing was changed", file=sys.stderr)
            return 0
        carry_out(cluster.within(seconds), plan)  # the time in which a person thinks does not count
    print(f"Revision tag {tag} now means revision {revision}: it is what the label istio.io/rev={tag} asks for")
    if plan.deactivate is not None:
        print(f"The webhooks of {plan.deactivate['metadata']['name']} are switched off, as the tag takes their place")
    return 0


def tag_generate(
    tag: TagArgument,
    revision: TargetOption = "",
    overwrite: OverwriteOption = False,
    skip_confirmation: YesOption = False,
    manifests: ManifestsOption = "",
    webhook_name: WebhookNameOption = "",
    auto_inject_namespaces: EverywhereOption = False,
    timeout: TimeoutOption = _TIMEOUT,
) -> int:
    """Print the objects of a tag instead of applying them; the cluster is read, but not changed.

    Example: meshctl tag generate prod --revision 1-31-0 > prod.yaml
    """
    from meshctl.documents import write_yaml_all
    from meshctl.install.revisions import read_revisions
    from meshctl.install.tag_objects import Wish
    from meshctl.install.tags import plan_tag

    wish = Wish(tag, _required(revision), overwrite, webhook_name, auto_inject_namespaces, manifests)
    with open_cluster(check_duration(timeout, "--timeout")) as cluster:
        plan = plan_tag(wish, read_revisions(cluster, istio_namespace()))
    _tell(plan)
    if plan.deactivate is not None:
        name = plan.deactivate["metadata"]["name"]
        print(f"not among the objects: `tag set` also switches off the webhooks of {name}", file=sys.stderr)
    print(write_yaml_all(plan.objects), end="")
    return 0


def tag_list(
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(("table", "json", "yaml")), help="table, json or yaml."
        ),
    ] = "table",
    timeout: TimeoutOption = _TIMEOUT,
) -> int:
    """List the tags with their revisions and the namespaces that use them; a revision without a tag is listed too.

    For a user who may not list namespaces, these are unknown (null in JSON and YAML), and the exit code is 65.

    Example: meshctl tag list
    """
    from meshctl.install.revisions import read_revisions

    with open_cluster(check_duration(timeout, "--timeout")) as cluster:
        revisions = read_revisions(cluster, istio_namespace())
    found = revisions.tags()
    if output == "table":
        _print_table(found)
    else:
        from dataclasses import asdict

        from meshctl.documents import write_json, write_yaml

        data = [
            asdict(entry) | {"namespaces": None if revisions.unlisted else list(entry.namespaces or ())}
            for entry in found
        ]
        print(write_json(data, indent="\t") if output == "json" else write_yaml(data).rstrip("\n"))
    if revisions.unlisted is None:
        return 0
    print(f"{_UNLISTED}: {revisions.unlisted.message}", file=sys.stderr)
    return UNREADABLE


def _print_table(found: Sequence[Tag]) -> None:
    from meshctl.output.table import table_lines

    if not found:
        print("There are no revisions and no tags in this cluster.")
        return
    rows = [(entry.tag, entry.revision, "?" if entry.namespaces is None else ",".join(entry.namespaces))
            for entry in found]  # fmt: skip
    for line in table_lines(("TAG", "REVISION", "NAMESPACES"), rows, 1):
        print(line.rstrip())


def tag_remove(tag: TagArgument, skip_confirmation: YesOption = False, timeout: TimeoutOption = _TIMEOUT) -> int:
    """Remove a tag; asks when namespaces still use it.

    Example: meshctl tag remove prod
    """
    from meshctl.install.revisions import is_deactivated, read_revisions
    from meshctl.install.tags import belongings, remove_tag
    from meshctl.model.injectors import DEFAULT_REVISION

    seconds = check_duration(timeout, "--timeout")
    with open_cluster(seconds) as cluster:
        found = read_revisions(cluster, istio_namespace())
        parts = belongings(tag, found)
        users = found.users(tag, by_injection=True)
        if users or found.unlisted:
            loss = f"Pods made in these namespaces get no sidecars any more: {', '.join(users)}"
            print(f"{_UNLISTED}: {found.unlisted.message}" if found.unlisted else loss, file=sys.stderr)
            if not skip_confirmation and not agreed(f"Remove the tag {tag} all the same? [y/N]"):
                print("nothing was changed", file=sys.stderr)
                return 0
        remove_tag(cluster.within(seconds), parts)
    print(f"Revision tag {tag} removed")
    own = found.of_revision(found.mutating, DEFAULT_REVISION)
    if tag == DEFAULT_REVISION and any(is_deactivated(item) for item in own):
        print(
            "The default revision stays switched off: `meshctl tag set default -r default` or an installation"
            " lets it inject again",
            file=sys.stderr,
        )
    return 0


def _required(revision: str) -> str:
    if not revision:
        raise UsageError("--revision is missing", hint="`meshctl tag list` shows the revisions")
    return revision


def _accepted(plan: TagPlan, skip: bool) -> bool:
    _tell(plan)
    return not plan.conflicts or skip or agreed("Apply anyways? [y/N]")


def _tell(plan: TagPlan) -> None:
    """Notes and conflicts, on the standard error."""
    from meshctl.output.messages import as_lines
    from meshctl.output.terminal import Paint

    for note in plan.notes:
        print(note, file=sys.stderr)
    for line in as_lines(plan.conflicts, Paint(sys.stderr)):
        print(line, file=sys.stderr)
