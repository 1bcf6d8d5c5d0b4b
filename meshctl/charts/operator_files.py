"""The IstioOperator files that a user gives with `-f`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from meshctl.charts.errors import InstallationError, InstallationUsageError
from meshctl.documents import Chunk, DocumentError, Positions, decode, parse, split
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.resource import FieldPath, Resource, Source

STANDARD_INPUT = "-"

_TAGS = ("spec", "spec.components.*", "spec.components.*.*", "spec.values.*", "spec.values.gateways.*")
"""Where tags of images stand."""


def read_operators(names: Iterable[str]) -> list[Resource]:
    """One IstioOperator of each file, in order; a name may be a list with commas, `-` is standard input, as the last.

    Raises `InstallationError` for a file that cannot be read, or holds no or more than one IstioOperator.
    """
    files = [name for item in names for name in item.split(",") if name]
    if STANDARD_INPUT in files[:-1]:
        raise InstallationUsageError("- (standard input) must be the last of the files")
    return [_read(name) for name in files]


def _read(given: str) -> Resource:
    name = "the standard input" if given == STANDARD_INPUT else given
    found = []
    for chunk in split(_text(given, name)):
        try:
            data = parse(chunk).data
        except DocumentError as error:
            raise InstallationError(f"{name}:{error.line}:{error.column}: {error.message}", hint=error.hint) from error
        if data is not None:
            found.append((data, chunk))
    if not found:
        raise InstallationError(f"{name} is empty", hint="it should hold an IstioOperator")
    if len(found) > 1:
        raise InstallationError(
            f"{name}:{found[1][1].line}: the file holds a second document",
            hint="give each IstioOperator a file of its own, and name them all with -f",
        )
    data, chunk = found[0]
    if not isinstance(data, dict) or not data.get("kind"):
        raise InstallationError(
            f"{name} holds no object with a kind",
            hint="begin it with apiVersion: install.istio.io/v1alpha1 and kind: IstioOperator; "
            "plain Helm values belong under spec.values",
        )
    _read_tags(data, chunk)
    metadata = data.get("metadata")
    object_name = metadata.get("name") if isinstance(metadata, dict) else ""
    return Resource(
        ISTIO_OPERATOR, "v1alpha1", "", object_name if isinstance(object_name, str) else "", data, Source(name, chunk)
    )


def _read_tags(data: dict[str, Any], chunk: Chunk) -> None:
    """Puts back what stands in the file where a tag looks like a number: `1.30` is no 1.3."""
    positions = Positions(chunk)
    for path in _TAGS:
        for holder, way in _holders(data, path):
            if isinstance(holder.get("tag"), int | float) and not isinstance(holder["tag"], bool):
                written = positions.value_text((*way, "tag"))
                if written and not written.startswith(("!", "&", "*")):
                    holder["tag"] = written


def _holders(data: Any, path: str, way: FieldPath = ()) -> Iterator[tuple[dict[str, Any], FieldPath]]:
    """The mappings at a path, with the way to each; `*` stands for every entry of a mapping or list."""
    step, _, rest = path.partition(".")
    if not path:
        if isinstance(data, dict):
            yield data, way
    elif step == "*":
        entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
        for key, child in entries:
            yield from _holders(child, rest, (*way, key))
    elif isinstance(data, dict) and step in data:
        yield from _holders(data[step], rest, (*way, step))


def _text(given: str, name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if given == STANDARD_INPUT else Path(given).read_bytes()
    except OSError as error:
        raise InstallationError(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
    try:
        return decode(raw)
    except DocumentError as error:
        raise InstallationError(f"{name}: {error.message}", hint=error.hint) from error
