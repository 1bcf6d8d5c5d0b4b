"""What `analyze` and `validate` have in common: read, check, print, exit code."""

from __future__ import annotations

import gc
import os
import stat
import sys

from meshctl import sources
from meshctl.analysis import analyze, exit_code
from meshctl.analysis.analyzer import analyzers
from meshctl.analysis.run import Report, in_order
from meshctl.cli.options import choice
from meshctl.errors import UNREADABLE, UsageError
from meshctl.model.snapshot import Snapshot
from meshctl.output.messages import as_data, as_lines, as_report, summary
from meshctl.output.terminal import Paint, is_person


def lint(
    names: list[str],
    *,
    namespace: str,
    output: str,
    color: bool | None = None,
    strict: bool = False,
    each_by_itself: bool = False,
) -> int:
    """Reads and checks files, prints the messages, and gives the exit code."""
    output = choice(output, ("log", "json", "yaml"), "--output")
    if not names:
        if not _is_piped():
            raise UsageError("there is nothing to analyze", hint="name files or directories, or - for standard input")
        names = ["-"]
    # A run makes many objects and few cycles: looking for cycles takes longer than all checks.
    gc.disable()
    reading = sources.read(names, namespace=namespace or "default")
    mesh = Snapshot(reading.resources, strict=strict)
    only = [check for check in analyzers() if check.name.startswith("schema.")] if each_by_itself else None
    report = analyze(mesh, only)
    report.messages = in_order([*reading.messages, *report.messages])
    code = exit_code(report.messages)
    if not code and not reading.resources:
        code = UNREADABLE
    _print(report, reading, output, color)
    return code


def _is_piped() -> bool:
    """Whether standard input is a pipe or a file, so that it can hold manifests."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _print(report: Report, reading: sources.Reading, output: str, color: bool | None) -> None:
    messages = report.messages
    if output == "json":
        import json

        print(json.dumps(as_data(messages), indent="\t", sort_keys=True, ensure_ascii=False))
    elif output == "yaml":
        from meshctl.documents import write_yaml

        print(write_yaml(as_data(messages)), end="")
    else:
        paint = Paint(sys.stdout, color)
        lines = as_report(messages, paint) if is_person(sys.stdout) else as_lines(messages, paint)
        if lines:
            print("\n".join(lines))
    note = Paint(sys.stderr, color if color is False else None)
    print(_account(report, reading, note), file=sys.stderr)


def _account(report: Report, reading: sources.Reading, paint: Paint) -> str:
    """The closing line: what was read and what was found."""
    counts = f"{_count(len(reading.resources), 'resource')} in {_count(reading.files, 'file')}"
    if reading.foreign:
        counts += f", {_count(reading.foreign, 'other document')} left alone"
    if report.withheld:
        withheld = _count(report.withheld, "reference")
        counts += f"; {withheld} not judged, as the input holds nothing of the kind (--strict does)"
    if not reading.resources and not report.messages:
        return f"nothing to analyze was found: {counts}"
    found = summary(report.messages, paint)
    return f"{found or paint('✔ no problems', 'green')}: {counts}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
