"""Texts without the data of Secrets, for excerpts."""

from __future__ import annotations

import re

# A kind that is Secret, however it is written; `Secret` as a whole value, where the word kind is misspelt; the field
# that only Secrets have; private keys wherever they are.
_SECRET = re.compile(
    r"(?i:kind[\"']?\s*:\s*(?:[!&]\S+\s+)*[\"']?secret)"
    r"|\bSecret(?:List)?[\"']?\s*(?:[,}\]#]|$)"
    r"|\bstringData\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY",
    re.MULTILINE,
)
# Only at the margin: what is indented may be data, whatever its key is called.
_KEPT = re.compile(r"(?:- )?(?:apiVersion|kind):[^,{}]*$|metadata:\s*$")


def mask(text: str) -> str:
    """The text with everything hidden that may be data of a Secret; lines and columns stay."""
    if not _SECRET.search(text):
        return text
    return "".join(
        line if _KEPT.match(line.rstrip()) else re.sub(r"\S", "*", line) for line in text.splitlines(keepends=True)
    )
