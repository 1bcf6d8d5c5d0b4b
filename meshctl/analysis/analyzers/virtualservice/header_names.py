"""Names of headers with capitals."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import HEADER_CASE, Message
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.snapshot import Snapshot


@analyzer("virtualservice.HeaderNameAnalyzer", inputs={VIRTUAL_SERVICE}, emits={HEADER_CASE})
def header_names(mesh: Snapshot) -> Iterator[Message]:
    """Checks that matches name headers in lower case."""
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for rule in virtual_service.spec["http"]:
            for match in rule["match"]:
                for headers in (match["headers"], match["withoutHeaders"]):
                    for name, header in headers.items():
                        # Names of claims, which stand here too, keep their capitals.
                        if name != name.lower() and not name.startswith("@"):
                            yield HEADER_CASE.at(header, key=True, header=name, lower=name.lower())
