"""What each code means: one Markdown file a code, read when somebody asks.

A file begins with what is wrong and what comes of it. Sections follow: `## Bad` and `## Good`, each a manifest (tests
run both), `## Fix`, and `## See` with the codes that other tools have for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from meshctl.errors import UsageError
from meshctl.messages import MessageType, message_type, message_types

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Explanation:
    """The text of a file, taken apart; a missing section is empty."""

    type: MessageType
    meaning: str
    bad: str
    good: str
    fix: str
    see: str


def explanation(code: str) -> Explanation:
    """The explanation of a code; raises `UsageError` for a code that does not exist."""
    found = message_type(code.upper())
    if found is None:
        close = [known.code for known in message_types() if known.code[-4:] == code[-4:]]
        hint = f"did you mean {' or '.join(close)}?" if close else "meshctl explain lists the codes"
        raise UsageError(f"there is no code {code!r}", hint=hint)
    return parse(found, (_FOLDER / f"{found.code}.md").read_text(encoding="utf-8"))


def parse(type_: MessageType, text: str) -> Explanation:
    """Takes the text of a file apart."""
    meaning, *sections = text.split("\n## ")
    named = {}
    for section in sections:
        title, _, body = section.partition("\n")
        named[title.strip().lower()] = body.strip()
    return Explanation(
        type_,
        meaning.strip(),
        _manifest(named.get("bad", "")),
        _manifest(named.get("good", "")),
        named.get("fix", ""),
        named.get("see", ""),
    )


def _manifest(section: str) -> str:
    """The text between the fences of a section."""
    _, _, inside = section.partition("```yaml\n")
    return inside.partition("```")[0]
