"""Reads files, directories and standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from meshctl.documents import Chunk, DocumentError, decode, parse_all, split
from meshctl.errors import UnreadableError
from meshctl.messages import SYNTAX, UNREADABLE_FILE, Message, Place
from meshctl.model.resource import Resource, Source, Span
from meshctl.sources.objects import Document, Objects

SUFFIXES = (".yaml", ".yml", ".json")
"""The names that count in a directory."""

MAX_FILE_SIZE = 100 * 1024 * 1024
"""Bytes that a file may have: no cluster of any size needs more in one file, and nobody waits for it."""

STANDARD_INPUT = "-"


@dataclass(slots=True)
class Reading:
    """What was read: the resources, the messages about documents that gave none, and counts for the summary."""

    resources: list[Resource] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    files: int = 0
    documents: int = 0
    foreign: int = 0

    @property
    def unreadable(self) -> bool:
        """Whether something could not be read or understood."""
        return any(message.type.unreadable for message in self.messages)


def read(names: Iterable[str], *, namespace: str = "default") -> Reading:
    """Reads files, directories (with all below them) and standard input (`-`), in their order.

    `namespace` is the one that namespaced objects without any get. A document that cannot be parsed becomes a message;
    the rest of its file and the other files are read all the same.

    Raises `UnreadableError` for a name that does not exist.
    """
    reading = Reading()
    objects = Objects(namespace)
    for file, walked in _files(names):
        reading.files += 1
        try:
            raw = _content(file)
            text = decode(raw)
        except DocumentError as error:
            _fail(reading, file, error, Chunk("", 1))
            continue
        except UnreadableError as error:
            place = Place(Span(str(file), 1, 1, 1, 1))
            reading.messages.append(UNREADABLE_FILE.in_file(place, problem=error.message, hint=error.hint))
            continue
        name = str(file)
        chunks = split(text)
        for chunk, parsed in zip(chunks, parse_all(chunks), strict=True):
            if isinstance(parsed, DocumentError):
                reading.documents += 1
                _fail(reading, name, parsed, chunk)
                continue
            if parsed.data is not None:
                reading.documents += 1
            objects.add(Document(parsed.data, Source(name, chunk), parsed.remarks), tolerant=walked)
    reading.resources = objects.resources
    reading.messages += objects.messages
    reading.foreign = objects.foreign
    return reading


def read_texts(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The texts of files, directories (with all below them) and standard input (`-`), each with its name.

    Raises `UnreadableError` for what does not exist, cannot be read, or is no text.
    """
    for file, _ in _files(names):
        try:
            yield str(file), decode(_content(file))
        except DocumentError as error:
            raise UnreadableError(f"{file}:{error.line}:{error.column}: {error.message}", hint=error.hint) from error


def _fail(reading: Reading, name: str, error: DocumentError, chunk: Chunk) -> None:
    span = Span(name, error.line, error.column, error.line, error.column + 1)
    reading.messages.append(SYNTAX.in_file(Place(span, Source(name, chunk)), problem=error.message, hint=error.hint))


def _files(names: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The files to read, and whether each was met while walking a directory; none twice."""
    seen = set()
    for name in names:
        if name == STANDARD_INPUT:
            found: Iterable[tuple[str, bool]] = [(name, False)]
        elif os.path.isdir(name):
            found = ((path, True) for path in _walk(name))
        elif os.path.exists(name):
            found = [(name, False)]
        else:
            raise UnreadableError(f"{name} does not exist", hint="name files, directories, or - for standard input")
        for path, walked in found:
            real = path if path == STANDARD_INPUT else os.path.realpath(path)
            if real not in seen:
                seen.add(real)
                yield path, walked


def _walk(directory: str) -> Iterator[str]:
    """The YAML and JSON files below a directory in lexical order; links to directories are not followed.

    What is no file but has such a name, as a named pipe or a socket, is passed over: reading it might never end.
    """
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(name for name in folders if name not in {".git", ".hg", ".svn", "node_modules"})
        for name in sorted(files):
            path = os.path.join(folder, name)
            # A link that leads nowhere is kept, so that reading it tells.
            if name.endswith(SUFFIXES) and (os.path.isfile(path) or not os.path.exists(path)):
                yield path


def _content(name: str) -> bytes:
    try:
        if name == STANDARD_INPUT:
            raw = sys.stdin.buffer.read(MAX_FILE_SIZE + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(MAX_FILE_SIZE + 1)
    except OSError as error:
        raise UnreadableError(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(raw) > MAX_FILE_SIZE:
        limit = MAX_FILE_SIZE // (1024 * 1024)
        raise UnreadableError(f"{name} is larger than {limit} MiB", hint="split it into several files")
    return raw
