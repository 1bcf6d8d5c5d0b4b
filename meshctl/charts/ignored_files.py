"""`.helmignore`: files of a chart's folder that do not belong to the chart.

Source: Helm's documentation of the file and the behaviour of Helm 4. A pattern without a slash is for the last part of
a path, one with a slash for the whole path below the chart, and one that ends with a slash for folders. A pattern after
`!` ignores everything that it does not match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from meshctl.charts.errors import InstallationError
from meshctl.documents import DocumentError, decode

NAME = ".helmignore"

_ALWAYS = "templates/.?*"
"""Hidden files are no templates."""


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    whole: bool
    folder: bool
    negated: bool

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        if self.folder and not is_folder:
            return self.negated
        matches = self.pattern.fullmatch(path if self.whole else path.rpartition("/")[2]) is not None
        return matches is not self.negated


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files that belong to the chart in a folder, in order, by their paths below it."""
    yield from _below(folder, "", _rules(folder))


def _below(folder: Path, prefix: str, rules: list[_Rule]) -> Iterator[tuple[str, Path]]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise InstallationError(f"{folder} cannot be read: {(error.strerror or str(error)).lower()}") from error
    for entry in entries:
        path = f"{prefix}{entry.name}"
        is_folder = entry.is_dir()
        if any(rule.ignores(path, is_folder=is_folder) for rule in rules):
            continue
        if is_folder:
            yield from _below(entry, f"{path}/", rules)
        elif entry.is_file():
            yield path, entry


def _rules(folder: Path) -> list[_Rule]:
    file = folder / NAME
    lines: list[str] = []
    if file.is_file():
        try:
            lines = decode(file.read_bytes()).splitlines()
        except (OSError, DocumentError) as error:
            raise InstallationError(f"{file} cannot be read: {error}") from error
    return [_rule(file, line.strip()) for line in [*lines, _ALWAYS] if line.strip() and not line.startswith("#")]


def _rule(file: Path, text: str) -> _Rule:
    negated = text.startswith("!")
    pattern = text.removeprefix("!")
    if "**" in pattern or pattern.startswith("!"):
        raise InstallationError(f"{file}: {text!r} is no pattern that Helm knows", hint="neither ** nor !! is one")
    folder = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    try:
        return _Rule(re.compile(_expression(pattern.removeprefix("/"))), "/" in pattern, folder, negated)
    except re.error as error:
        raise InstallationError(f"{file}: {text!r} is no pattern") from error


def _expression(pattern: str) -> str:
    """`*` and `?` stop at slashes; `[a-z]` and `[^a-z]` are one character; a backslash takes away a meaning."""
    pieces: list[str] = []
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        end = pattern.find("]", at + 2) if letter == "[" else -1
        if letter in "*?":
            pieces.append("[^/]*" if letter == "*" else "[^/]")
        elif end > 0:
            pieces.append("[" + pattern[at + 1 : end].replace("[", "\\[") + "]")
            at = end
        else:
            at += letter == "\\" and at + 1 < len(pattern)
            pieces.append(re.escape(pattern[at]))
        at += 1
    return "".join(pieces)
