"""What `analyze` and `validate` have in common: read, check, print, exit code."""

from __future__ import annotations

import gc
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from meshctl import sources
from meshctl.analysis import Analyzer, Report, analyze, exit_code
from meshctl.analysis.analyzer import analyzers
from meshctl.analysis.run import in_order
from meshctl.analysis.suppression import parse_suppression, unsuppressed
from meshctl.cli.options import choice
from meshctl.errors import FINDING, UNREADABLE, UsageError
from meshctl.messages import Level
from meshctl.model.snapshot import Snapshot
from meshctl.output.messages import FORMATS, as_report, render, summary
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
    timing: bool = False
    verbose: bool = False


def lint(request: Request) -> int:
    """Reads and checks files, prints the messages, and gives the exit code."""
    output = choice(request.output, FORMATS, "--output")
    files = [_output_file(text) for text in request.output_files]
    failure = _level(request.failure_threshold, "--failure-threshold")
    shown = _level(request.output_threshold, "--output-threshold")
    suppressions = [parse_suppression(text) for text in request.suppress]
    only = _chosen(request.analyzers)
    names = request.names or _standard_input()
    # A run makes many objects and few cycles: looking for cycles takes longer than all checks.
    gc.disable()
    reading = sources.read(names, namespace=request.namespace or "default")
    if request.mesh_config_file:
        config = sources.read_mesh_config(request.mesh_config_file, request.istio_namespace)
        reading.resources.insert(0, config)
    mesh = Snapshot(reading.resources, strict=request.strict)
    if request.each_by_itself:
        only = [check for check in analyzers() if check.name.startswith("schema.")]
    report = analyze(mesh, only)
    if request.each_by_itself:
        from meshctl.schema.conventions import conventions

        report.messages += conventions(reading.resources, request.istio_namespace)
    found = unsuppressed(in_order([*reading.messages, *report.messages]), suppressions)
    code = exit_code(found, failure)
    if not code and not reading.resources:
        code = UNREADABLE
    if code == UNREADABLE and request.ignore_unknown:
        code = 0
    report.messages = [message for message in found if message.level <= shown]
    for format_, path in files:
        write_file(path, render(report.messages, format_))
    _print(report, reading, output, request)
    _print_asides(report, reading, request, only, hidden=len(found) - len(report.messages), code=code)
    return code


def print_analyzers() -> int:
    """Lists the analyzers as istioctl does."""
    for check in analyzers():
        print(f"* {check.name}:\n    {check.summary}")
    return 0


def _standard_input() -> list[str]:
    """Standard input when it is a pipe or a file, so that it can hold manifests; else nothing was named at all."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        mode = 0
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        raise UsageError(
            "there is nothing to analyze",
            hint="name files or directories, or - for standard input; a cluster cannot be read yet",
        )
    return [sources.STANDARD_INPUT]


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


def _print(report: Report, reading: sources.Reading, output: str, request: Request) -> None:
    if output == "log" and is_person(sys.stdout):
        print("\n".join(as_report(report.messages, Paint(sys.stdout, request.color))))
    else:
        text = render(report.messages, output, Paint(sys.stdout, request.color))
        sys.stdout.write(text)


def _print_asides(
    report: Report,
    reading: sources.Reading,
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
        _account(report, reading, Paint(sys.stderr, False if request.color is False else None), hidden, code),
        file=sys.stderr,
    )


def _account(report: Report, reading: sources.Reading, paint: Paint, hidden: int, code: int) -> str:
    """The closing line: what was read and what was found."""
    counts = f"{_count(len(reading.resources), 'resource')} in {_count(reading.files, 'file')}"
    if reading.foreign:
        counts += f", {_count(reading.foreign, 'other document')} left alone"
    if report.withheld:
        withheld = _count(report.withheld, "reference")
        counts += f"; {withheld} not judged, as the input holds nothing of the kind (--strict does)"
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
