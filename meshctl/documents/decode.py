"""Bytes to text."""

from __future__ import annotations

import codecs

from meshctl.documents.errors import DocumentError

# UTF-32 first: its little-endian mark begins with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)


def decode(raw: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 or UTF-32 when it begins with a byte order mark, as YAML demands.

    Line ends stay as they are. Raises DocumentError at the first byte that is no text, also for NUL, which only
    binary files contain; other control characters only spoil their own document, so `parse` refuses them.
    """
    encoding, name = "utf-8", "UTF-8"
    for mark, candidate, title in _MARKS:
        if raw.startswith(mark):
            encoding, name, raw = candidate, title, raw[len(mark) :]
            break
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode(encoding)
        shown = " ".join(f"{byte:02x}" for byte in raw[error.start : error.end][:4])
        message = f"not text in {name}: the bytes {shown} stand for no character"
        if len(raw[error.start : error.end]) == 1:
            message = f"not text in {name}: the byte {shown} stands for no character"
        raise _at(message, good, len(good), f"save the file as {name}") from None
    nul = text.find("\0")
    if nul >= 0:
        hint = "a binary file, or text in UTF-16 without a byte order mark; save it as UTF-8"
        raise _at("a NUL character is not allowed", text, nul, hint)
    return text


def _at(message: str, text: str, index: int, hint: str) -> DocumentError:
    line = text.count("\n", 0, index) + 1
    return DocumentError(message, line, index - text.rfind("\n", 0, index), hint=hint)
