"""Failures of reading and merging what an installation is asked to be."""

from __future__ import annotations

from collections.abc import Sequence

from meshctl.errors import FAILURE, UNREADABLE, USAGE, MeshctlError


class InstallationError(MeshctlError):
    """Input for an installation that cannot be read or used."""

    exit_code = UNREADABLE


class InstallationUsageError(InstallationError):
    """A flag that cannot be understood."""

    exit_code = USAGE


class NotWrittenError(InstallationError):
    """A manifest that could not be written."""

    exit_code = FAILURE


class UnknownProfileError(InstallationUsageError):
    """A profile that neither meshctl nor the given package of charts has."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"profile {name[:200]!r} does not exist", hint=f"use one of {', '.join(known)}")


class InvalidInstallationError(InstallationError):
    """An IstioOperator that breaks the rules of its kind; each problem is a line of its own."""

    def __init__(self, problems: Sequence[str]) -> None:
        going_on = "--force goes on all the same"
        if len(problems) == 1:
            super().__init__(problems[0], hint=going_on)
        else:
            lines = "".join(f"\n  {problem}" for problem in problems)
            super().__init__(f"the installation has {len(problems)} problems:{lines}\n{going_on}")
        self.problems = tuple(problems)
