"""The IstioOperator files that a user gives with `-f`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from meshctl.charts.errors import InstallationError, InstallationUsageError
from meshctl.documents import DocumentError, decode, parse, split
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.resource import Resource, Source

STANDARD_INPUT = "-"


def read_operators(names: Iterable[str]) -> list[Resource]:
    """One IstioOperator of each file, in order; a name may be a list with commas, `-` is standard input, as the last.

    Raises `InstallationError` for a file that cannot be read, or holds no or more than one IstioOperator.
    """
    files = [name for item in names for name in item.split(",") if name]
    if STANDARD_INPUT in files[:-1]:
        raise InstallationUsageError("- (standard input) must be the last of the files")
    return [_read(name) for name in files]


def _read(name: str) -> Resource:
    found = []
    for chunk in split(_text(name)):
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
    metadata = data.get("metadata")
    object_name = metadata.get("name") if isinstance(metadata, dict) else ""
    return Resource(
        ISTIO_OPERATOR, "v1alpha1", "", object_name if isinstance(object_name, str) else "", data, Source(name, chunk)
    )


def _text(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except OSError as error:
        raise InstallationError(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
    try:
        return decode(raw)
    except DocumentError as error:
        raise InstallationError(f"{name}: {error.message}", hint=error.hint) from error
