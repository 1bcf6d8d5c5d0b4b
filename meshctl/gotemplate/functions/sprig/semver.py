"""Semantic versions and constraints on them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.types import GoType, pointer_to
from meshctl.gotemplate.values import Pointer, Struct, Uint64

_SUFFIX = r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+(?P<meta>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_VERSION = re.compile(rf"v?(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?{_SUFFIX}", re.ASCII)
_PLACE = r"[0-9]+|x|X|\*"
_OPERATOR = r"=|!=|>=|=>|<=|=<|>|<|~>|~|\^|"
_BOUND_TEXT = (
    rf"v?(?:{_PLACE})(?:\.(?:{_PLACE}))?(?:\.(?:{_PLACE}))?"
    r"(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_BOUND = re.compile(
    rf"(?P<operator>{_OPERATOR})\s*v?(?P<major>{_PLACE})(?:\.(?P<minor>{_PLACE}))?(?:\.(?P<patch>{_PLACE}))?{_SUFFIX}",
    re.ASCII,
)
_RANGE = re.compile(rf"\s*({_BOUND_TEXT})\s+-\s+({_BOUND_TEXT})\s*", re.ASCII)
_BOUNDS = re.compile(
    rf"\s*(?:{_OPERATOR})\s*{_BOUND_TEXT}\s*(?:(?:\s+|,\s*)(?:{_OPERATOR})\s*{_BOUND_TEXT}\s*)*", re.ASCII
)
_EACH = re.compile(rf"(?:{_OPERATOR})\s*{_BOUND_TEXT}", re.ASCII)
_WILD = ("x", "X", "*", None)
LONGEST = 256


@dataclass(frozen=True, slots=True)
class Version:
    """A version: three numbers, and what precedes the release or says more about it."""

    numbers: tuple[int, int, int]
    prerelease: str = ""
    metadata: str = ""
    original: str = ""

    def key(self) -> tuple[Any, ...]:
        """What versions are sorted by; metadata do not count."""
        return self.numbers, not self.prerelease, [_identifier(part) for part in self.prerelease.split(".")]

    def __str__(self) -> str:
        text = ".".join(map(str, self.numbers))
        return text + ("-" + self.prerelease) * bool(self.prerelease) + ("+" + self.metadata) * bool(self.metadata)


def _identifier(part: str) -> tuple[int, int, str]:
    return (0, int(part), "") if part.isdigit() else (1, 0, part)


def version(text: str) -> Version:
    """The version that a text is, with less than three numbers as well; raises `FunctionError`."""
    found = _VERSION.fullmatch(text) if len(text) <= LONGEST else None
    if not found:
        raise FunctionError(f"{text!r} is no semantic version")
    numbers = [int(found[name] or 0) for name in ("major", "minor", "patch")]
    leading_zero = any(part.isdigit() and part[0] == "0" and len(part) > 1 for part in (found["pre"] or "").split("."))
    if max(numbers) >= 1 << 64 or leading_zero:
        raise FunctionError(f"{text!r} is no semantic version")
    return Version((numbers[0], numbers[1], numbers[2]), found["pre"] or "", found["meta"] or "", text)


@dataclass(frozen=True, slots=True)
class _Bound:
    operator: str
    version: Version
    any_minor: bool
    any_patch: bool
    any_version: bool

    @property
    def is_open(self) -> bool:
        return self.any_minor or self.any_patch or self.any_version

    def allows(self, other: Version) -> bool:
        if other.prerelease and not self.version.prerelease and (self.operator not in ("", "=", "!=") or self.is_open):
            return False
        return _CHECKS[self.operator](self, other)


def _differs(bound: _Bound, other: Version) -> bool:
    wanted, have = bound.version.numbers, other.numbers
    if not bound.is_open:
        return bound.version.key() != other.key()
    if wanted[0] != have[0]:
        return True
    if bound.any_minor:
        return False
    if wanted[1] != have[1]:
        return True
    if bound.any_patch:
        return bound.version.prerelease != other.prerelease
    return wanted[2] != have[2] or bound.version.key() != other.key()


def _above(bound: _Bound, other: Version) -> bool:
    if not bound.is_open or other.numbers[0] != bound.version.numbers[0]:
        return other.key() > bound.version.key() if not bound.is_open else other.numbers[0] > bound.version.numbers[0]
    if bound.any_minor:
        return False
    return other.numbers[1] > bound.version.numbers[1] if bound.any_patch else other.key() > bound.version.key()


def _at_most(bound: _Bound, other: Version) -> bool:
    if not bound.is_open:
        return other.key() <= bound.version.key()
    if other.numbers[0] != bound.version.numbers[0]:
        return other.numbers[0] < bound.version.numbers[0]
    return bound.any_minor or other.numbers[1] <= bound.version.numbers[1]


def _tilde(bound: _Bound, other: Version) -> bool:
    if other.key() < bound.version.key():
        return False
    if bound.version.numbers == (0, 0, 0) and not bound.any_minor and not bound.any_patch:
        return True
    same_major = other.numbers[0] == bound.version.numbers[0]
    return same_major and (bound.any_minor or other.numbers[1] == bound.version.numbers[1])


def _caret(bound: _Bound, other: Version) -> bool:
    if other.key() < bound.version.key():
        return False
    major, minor, patch = bound.version.numbers
    if other.numbers[0] != major or major > 0 or bound.any_minor:
        return other.numbers[0] == major
    if other.numbers[1] != minor or minor > 0 or bound.any_patch:
        return other.numbers[1] == minor
    return other.numbers[2] == patch


def _same(bound: _Bound, other: Version) -> bool:
    return _tilde(bound, other) if bound.is_open else other.key() == bound.version.key()


_CHECKS: dict[str, Callable[[_Bound, Version], bool]] = {
    "": _same,
    "=": _same,
    "!=": _differs,
    ">": _above,
    "<": lambda bound, other: other.key() < bound.version.key(),
    **dict.fromkeys((">=", "=>"), lambda bound, other: other.key() >= bound.version.key()),
    **dict.fromkeys(("<=", "=<"), _at_most),
    **dict.fromkeys(("~", "~>"), _tilde),
    "^": _caret,
}


def _bound(text: str) -> _Bound:
    found = _BOUND.fullmatch(text.strip())
    if not found:
        raise FunctionError(f"{text!r} is no constraint on versions")
    any_version = found["major"] in _WILD
    any_minor = not any_version and found["minor"] in _WILD
    any_patch = not any_version and not any_minor and found["patch"] in _WILD
    major = "0" if any_version else found["major"]
    minor = "0" if any_version or any_minor else found["minor"]
    patch = "0" if any_version or any_minor or any_patch else found["patch"]
    suffix = f"-{found['pre']}" if found["pre"] else ""
    return _Bound(found["operator"], version(f"{major}.{minor}.{patch}{suffix}"), any_minor, any_patch, any_version)


@lru_cache(maxsize=256)
def _constraint(text: str) -> list[list[_Bound]]:
    """Alternatives, each with bounds that must all hold."""
    text = _RANGE.sub(r">= \1, <= \2 ", text)
    alternatives = []
    for part in text.split("||"):
        if not _BOUNDS.fullmatch(part):
            raise FunctionError(f"{text!r} is no constraint on versions")
        alternatives.append([_bound(found.group()) for found in _EACH.finditer(part)])
    return alternatives


def semver_compare(constraint: str, text: str) -> bool:
    """Whether a version fulfils a constraint such as `>=1.2, <2 || ~3.1`."""
    alternatives = _constraint(constraint)
    found = version(text)
    return any(all(bound.allows(found) for bound in bounds) for bounds in alternatives)


def _of(receiver: Struct) -> Version:
    found: Version = receiver.data["version"]
    return found


def _later(place: int) -> Callable[[Struct], Struct]:
    def later(receiver: Struct) -> Struct:
        found = _of(receiver)
        numbers = list(found.numbers)
        if place != 2 or not found.prerelease:
            numbers[place:] = [numbers[place] + 1, *[0] * (2 - place)]
        prefix = "v" if found.original.startswith("v") else ""
        return _struct(version(prefix + ".".join(map(str, numbers))))

    return later


def _struct(found: Version) -> Struct:
    return Struct(_TYPE, {"version": found})


def _compare(receiver: Struct, other: Any) -> int:
    if not isinstance(other, Pointer) or not isinstance(other.target, Struct) or other.target.go_type is not _TYPE:
        raise FunctionError("versions compare with versions")
    first, second = _of(receiver).key(), _of(other.target).key()
    return (first > second) - (first < second)


_TYPE = GoType(
    "semver.Version",
    "struct",
    methods={
        "Compare": _compare,
        "Equal": lambda receiver, other: _compare(receiver, other) == 0,
        "GreaterThan": lambda receiver, other: _compare(receiver, other) > 0,
        "GreaterThanEqual": lambda receiver, other: _compare(receiver, other) >= 0,
        "LessThan": lambda receiver, other: _compare(receiver, other) < 0,
        "LessThanEqual": lambda receiver, other: _compare(receiver, other) <= 0,
        "IncMajor": _later(0),
        "IncMinor": _later(1),
        "IncPatch": _later(2),
        "Major": lambda receiver: Uint64(_of(receiver).numbers[0]),
        "Metadata": lambda receiver: _of(receiver).metadata,
        "Minor": lambda receiver: Uint64(_of(receiver).numbers[1]),
        "Original": lambda receiver: _of(receiver).original,
        "Patch": lambda receiver: Uint64(_of(receiver).numbers[2]),
        "Prerelease": lambda receiver: _of(receiver).prerelease,
        "String": lambda receiver: str(_of(receiver)),
    },
)
_POINTER = pointer_to(_TYPE)


def semver(text: str) -> Pointer:
    """The version that a text is, with methods: `Major`, `Minor`, `Patch`, `Prerelease`, `Metadata`, `Original`..."""
    return Pointer(_POINTER, _struct(version(text)))


SEMVER: FunctionMap = {"semver": semver, "semverCompare": semver_compare}
