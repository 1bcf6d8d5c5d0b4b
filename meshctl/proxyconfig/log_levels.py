"""Log levels of a running proxy: what may be set, and how that is asked of its page `/logging`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from meshctl.errors import UsageError
from meshctl.proxyconfig.admin import Admin

LEVELS = ("trace", "debug", "info", "warning", "error", "critical", "off")
DEFAULT = "warning"
"""The level that Istio's proxies start with."""

_SPELLINGS = {"warn": "warning", **{level: level for level in LEVELS}}
_LINE = re.compile(r"\s+(\S+): (\S+)")


@dataclass(frozen=True, slots=True)
class Change:
    """What to set: one level for every logger, then levels of single ones."""

    every: str = ""
    loggers: Mapping[str, str] | None = None


def parse(text: str) -> Change:
    """The change that `<level>` or `<logger>:<level>,...` asks for. Raises `UsageError`.

    As with istioctl, a level alone undoes what stands before it, and what stands before `::` does not matter.
    """
    every = ""
    loggers: dict[str, str] = {}
    for part in text.split(","):
        logger, separator, level = re.sub(r"^.*::", "", part.strip()).replace("=", ":").rpartition(":")
        known = _SPELLINGS.get(level.strip().lower())
        if known is None or (separator and not logger.strip()):
            raise UsageError(
                f"--level cannot be {part.strip()!r}",
                hint=f"write LEVEL or LOGGER:LEVEL, with one of {', '.join(LEVELS)}",
            )
        if separator:
            loggers[logger.strip()] = known
        else:
            every, loggers = known, {}
    return Change(every, loggers)


def read(admin: Admin) -> dict[str, str]:
    """The level of each logger, in Envoy's order."""
    return _levels(admin("POST", "logging"))


def change(admin: Admin, wanted: Change) -> dict[str, str]:
    """Sets levels, and gives those of all loggers then. Raises `UsageError` for a logger that there is not."""
    levels = read(admin)
    unknown = [logger for logger in wanted.loggers or () if logger not in levels]
    if unknown:
        near = [name for name in levels if unknown[0] in name][:8]
        raise UsageError(
            f"the proxy has no logger {unknown[0]!r}",
            hint=f"similar ones are {', '.join(near)}" if near else "without --level they are listed",
        )
    if wanted.every:
        levels = _levels(admin("POST", f"logging?level={wanted.every}"))
    if wanted.loggers:
        pairs = ",".join(f"{logger}:{level}" for logger, level in wanted.loggers.items())
        levels = _levels(admin("POST", f"logging?paths={quote(pairs, safe=':,')}"))
    return levels


def _levels(page: bytes) -> dict[str, str]:
    return dict(found.groups() for line in page.decode().splitlines() if (found := _LINE.fullmatch(line)))  # type: ignore[misc]
