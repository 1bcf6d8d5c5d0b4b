"""What injection loses of a document, kept in a comment at its head.

Whether a probe named its port by number or by name, or whether a label was there before, cannot be told from an
injected pod. An annotation that says so would reach the cluster; a comment stays in the file, where `--remove` reads
it. What comes out of a cluster has no such comment: removal then does what it can.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from meshctl.inject.json_patch import Operation
from meshctl.inject.pod_templates import Path

_MARK = "# before injection (read by meshctl kube-inject --remove): "

Losses = Mapping[Path, Sequence[Operation]]
"""A JSON Patch for each pod template of a document, by its place."""


def written(losses: Losses) -> str:
    """The comment line; empty if nothing was lost."""
    found = [[list(path), operations] for path, operations in losses.items() if operations]
    # In ASCII, so that no character can end the line.
    return f"{_MARK}{json.dumps(found, separators=(',', ':'), sort_keys=True)}\n" if found else ""


def head(text: str) -> list[str]:
    """The comments and empty lines in front of a document, without line ends."""
    found = []
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            break
        found.append(line)
    return found


def read(lines: Sequence[str]) -> Losses:
    """What the comment among the lines says; nothing if there is none that can be read."""
    for line in lines:
        if line.startswith(_MARK):
            try:
                entries = json.loads(line[len(_MARK) :])
                return {tuple(path): operations for path, operations in entries}
            except (ValueError, TypeError, RecursionError):
                return {}
    return {}


def without(lines: Sequence[str]) -> list[str]:
    """The lines without the comment."""
    return [line for line in lines if not line.startswith(_MARK)]
