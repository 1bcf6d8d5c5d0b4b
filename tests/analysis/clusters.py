"""Manifests of several clusters in one text: a line `# cluster NAME` begins what lies in another cluster.

What stands before the first such line keeps its line numbers; messages about the other clusters are not looked at.
"""

from __future__ import annotations

import re
from pathlib import Path

from meshctl import sources
from meshctl.messages import Message
from meshctl.model.snapshot import Snapshot

_CLUSTER = re.compile(r"^# cluster (\S+)\n", re.MULTILINE)


def mesh_of(text: str, folder: Path, *, strict: bool = True) -> tuple[Snapshot, list[Message]]:
    """The snapshot of a manifest, and what was wrong with reading it; `folder` takes files while they are read."""
    first, *others = _CLUSTER.split(text)
    reading = _read(first, folder / "primary.yaml")
    remotes = {
        name: Snapshot(_read(part, folder / f"{name}.yaml").resources, strict=strict)
        for name, part in zip(others[::2], others[1::2], strict=True)
    }
    return Snapshot(reading.resources, strict=strict, remotes=remotes), reading.messages


def _read(text: str, file: Path) -> sources.Reading:
    file.write_text(text, encoding="utf-8")
    return sources.read([str(file)])
