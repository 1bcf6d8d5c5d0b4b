"""What `analyze` and `validate` have in common: read, check, print, exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from meshctl.analysis import Analyzer, Report, analyze, exit_code
from meshctl.analysis.analyzer import analyzers
from meshctl.analysis.run import in_order, kinds_read
from meshctl.analysis.suppression import parse_suppression, unsuppressed
from meshctl.cli.mesh_input import MeshInput, Wish, mesh_input
from meshctl.cli.options import FORMATS
from meshctl.cli.values import choice
from meshctl.errors import FINDING, UNREADABLE, UsageError
from meshctl.messages import Level
from meshctl.output.messages import as_report, render, summary
from meshctl.output.terminal import Paint, is_person
from meshctl.output.writing import write_file

_ENDINGS = {
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".sarif": "sarif",
    ".xml": "junit",
    ".txt": "log",
    ".log": "log",
}


@dataclass(slots=True)
class Request:
    """What the user asked for."""

    names: list[str]
    namespace: str = ""
    istio_namespace: str = "istio-system"
    strict: bool = False
    each_by_itself: bool = False
    analyzers: list[str] = field(default_factory=list)
    suppress: list[str] = field(default_factory=list)
    failure_threshold: str = "Error"
    output_threshold: str = "Info"
    output: str = "log"
    output_files: list[str] = field(default_factory=list)
    color: bool | None = None
    ignore_unknown: bool = False
    mesh_config_file: str = ""
    use_kube: bool | None = False
    all_namespaces: bool = False
    revision: str = ""
    timeout: float = 30
    remote_contexts: list[str] = field(default_factory=list)
    timing: bool = False
    verbose: bool = False


def lint(request: Request) -> int:
    """Reads and checks files, prints the messages, and gives the exit code."""
    files = [_output_file(text) for text in request.output_files]
    failure = _level(request.failure_threshold, "--failure-threshold")
    shown = _level(request.output_threshold, "--output-threshold")
    suppressions = [parse_suppression(text) for text in request.suppress]
    only = _chosen(request.analyzers)
    # A run makes many objects and few cycles: looking for cycles takes longer than all checks.
    gc.disable()
    given = mesh_input(_wish(request, only))
    reading = given.reading
    if request.each_by_itself:
        only = [check for check in analyzers() if check.name.startswith("schema.")]
    report = analyze(given.mesh, only)
    if request.each_by_itself:
        from meshctl.schema.conventions import conventions

        report.messages += conventions(reading.resources, request.istio_namespace)
    every = [message for message in (*reading.messages, *report.messages) if given.concerns(message)]
    found = unsuppressed(in_order(every), suppressions)
    code = exit_code(found, failure)
    if not code and not reading.resources:
        code = UNREADABLE
    if code == UNREADABLE and request.ignore_unknown:
        code = 0
    report.messages = [message for message in found if message.level <= shown]
    for format_, path in files:
        write_file(path, render(report.messages, format_))
    _print(report, request)
    _print_asides(report, given, request, only, hidden=len(found) - len(report.messages), code=code)
    return code


def print_analyzers() -> int:
    """Lists the analyzers as istioctl does."""
    for check in analyzers():
        print(f"* {check.name}:\n    {check.summary}")
    return 0


def _wish(request: Request, only: Sequence[Analyzer] | None) -> Wish:
    return Wish(
        request.names,
        request.use_kube,
        kinds_read(only),
        request.namespace,
        request.istio_namespace,
        request.all_namespaces,
        request.strict,
        request.revision,
        request.timeout,
        request.mesh_config_file,
        request.remote_contexts,
    )


def _level(text: str, flag: str) -> Level:
    found = Level.parse(text)
    if found is None:
        raise UsageError(f"{flag} cannot be {text!r}", hint=f"use one of {', '.join(str(level) for level in Level)}")
    return found


def _chosen(names: Sequence[str]) -> list[Analyzer] | None:
    """The analyzers of those names; None, which stands for all, without names."""
    if not names:
        return None
    known = {check.name: check for check in analyzers()}
    wanted = [name for text in names for name in text.split(",") if name]
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no analyzer {name!r}", hint="meshctl analyze -L lists them")
    return [known[name] for name in wanted]


def _output_file(text: str) -> tuple[str, str]:
    """Format and path of `[FORMAT=]FILE`."""
    format_, equals, path = text.partition("=")
    if equals and path:
        return choice(format_, FORMATS, "the format of --output-file"), path
    found = _ENDINGS.get(os.path.splitext(text)[1].lower())
    if found is None or equals:
        raise UsageError(
            f"--output-file cannot tell the format of {text!r}",
            hint=f"write FORMAT=FILE with one of {', '.join(FORMATS)}",
        )
    return found, text


def _print(report: Report, request: Request) -> None:
    if request.output == "log" and is_person(sys.stdout):
        print("\n".join(as_report(report.messages, Paint(sys.stdout, request.color))))
    else:
        text = render(report.messages, request.output, Paint(sys.stdout, request.color))
        sys.stdout.write(text)


def _print_asides(
    report: Report,
    given: MeshInput,
    request: Request,
    only: Sequence[Analyzer] | None,
    *,
    hidden: int,
    code: int,
) -> None:
    """What stands beside the result, on standard error: timings, the analyzers that ran, and the account."""
    if request.verbose:
        print("Executed analyzers:", *(f"\t{check.name}" for check in only or analyzers()), sep="\n", file=sys.stderr)
    if request.timing:
        for name, seconds in sorted(report.seconds.items(), key=lambda item: -item[1]):
            print(f"{seconds * 1000:9.2f} ms  {name}", file=sys.stderr)
    sys.stdout.flush()
    print(
        _account(report, given, Paint(sys.stderr, False if request.color is False else None), hidden, code),
        file=sys.stderr,
    )


def _account(report: Report, given: MeshInput, paint: Paint, hidden: int, code: int) -> str:
    """The closing line: what was read and what was found."""
    reading = given.reading
    files = _count(reading.files, "file") if reading.files or not given.cluster else ""
    cluster = f"cluster {given.cluster}" if given.cluster else ""
    counts = f"{_count(len(reading.resources), 'resource')} in {' and '.join(filter(None, (cluster, files)))}"
    if given.namespace:
        counts += f", namespace {given.namespace} (-A reports on all)"
    if reading.foreign:
        counts += f", {_count(reading.foreign, 'other document')} left alone"
    if report.withheld:
        withheld = _count(report.withheld, "reference")
        why = (
            "of kinds that may not be read"
            if given.cluster
            else "as the input holds nothing of the kind (--strict does)"
        )
        counts += f"; {withheld} not judged, {why}"
    if hidden:
        counts += f"; {_count(hidden, 'message')} below the output threshold"
    if report.messages:
        return f"{summary(report.messages, paint)}: {counts}"
    if code == FINDING:
        return f"{paint('✘ found something', 'red')}: {counts}"
    if not reading.resources:
        return f"nothing to analyze was found: {counts}"
    return f"{paint('✔ no problems', 'green')}: {counts}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
