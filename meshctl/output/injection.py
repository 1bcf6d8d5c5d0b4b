"""Injectors and the namespaces that they inject, as tables and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshctl.diagnose.injectors import MISSING, Injection, pod_cells
from meshctl.output.table import table_lines


def as_tables(found: Injection) -> Iterator[str]:
    """Two tables: the namespaces with the revisions of their pods, and the injectors with their namespaces."""
    rows = []
    for row in found.namespaces:
        revision = f"{MISSING}/{row.missing}" if row.missing else row.revision
        for number, cell in enumerate(pod_cells(row)):
            rows.append((row.namespace, revision, cell) if number == 0 else ("", "", cell))
    if rows:
        yield from _lines(("NAMESPACE", "ISTIO-REVISION", "POD-REVISIONS"), rows)
    else:
        yield "No namespace is injected."
    yield ""
    hooks = [
        (namespace, injector.hook, injector.revision, injector.image)
        for injector in found.injectors
        for namespace in injector.namespaces or ("DOES NOT AUTOINJECT",)
    ]
    if hooks:
        yield from _lines(("NAMESPACES", "INJECTOR-HOOK", "ISTIO-REVISION", "SIDECAR-IMAGE"), hooks)
    else:
        yield "There are no injectors."


def as_data(found: Injection) -> dict[str, Any]:
    """All of it, for programs."""
    return {
        "namespaces": [
            {
                "namespace": row.namespace,
                "revision": row.revision,
                "missing": row.missing,
                "pods": [
                    {
                        "revision": entry.revision,
                        "pods": entry.pods,
                        "injectionDisabled": entry.disabled,
                        "needsRestart": entry.outdated,
                    }
                    for entry in row.pods
                ],
            }
            for row in found.namespaces
        ],
        "injectors": [
            {
                "hook": injector.hook,
                "revision": injector.revision,
                "image": injector.image,
                "namespaces": list(injector.namespaces),
            }
            for injector in found.injectors
        ],
    }


def _lines(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield from (line.rstrip() for line in table_lines(columns, rows, 1))
