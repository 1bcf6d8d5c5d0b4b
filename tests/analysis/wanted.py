"""Cases: manifests in which `# want CODE` marks the lines of the messages that are expected; no mark means silence.

Several codes are separated by commas. A case lies in `cases/<topic>/<check>/`, the folders of the analyzer's own
module, and is run with that analyzer alone, strictly, unless its name ends with `.partial.yaml`.
"""

from __future__ import annotations

import re
from pathlib import Path

from meshctl.analysis.analyzer import Analyzer, analyzers

CASES = Path(__file__).parent / "cases"

_WANT = re.compile(r"#\s*want\s+([A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)")


def wanted(text: str) -> set[tuple[int, str]]:
    """The line numbers and codes that a text marks."""
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        match = _WANT.search(line)
        if match:
            found |= {(number, code.strip()) for code in match.group(1).split(",")}
    return found


def analyzers_of(case: Path) -> list[Analyzer]:
    """The analyzers whose module has the name of the case's folder."""
    module = ".".join(("meshctl.analysis.analyzers", *case.parent.relative_to(CASES).parts))
    return [found for found in analyzers() if found.check.__module__ == module]


def cases() -> list[Path]:
    """Every case."""
    return sorted(CASES.glob("*/*/*.yaml"))
