"""Writes files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from meshctl.errors import MeshctlError


def write_file(path: str, text: str) -> None:
    """Writes a text file; the old one stays as it was until the new one is complete. Raises `MeshctlError`.

    A link stays a link: what it leads to is written. A device or a pipe, as `/dev/null` and `/dev/stdout`, is written
    into, and not replaced by a file.
    """
    temporary = ""
    try:
        if _is_stream(path):
            with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
                stream.write(text)
            return
        target = Path(os.path.realpath(path))
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
        Path(temporary).chmod(mode)
        Path(temporary).replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            if temporary:
                Path(temporary).unlink()
        raise MeshctlError(
            f"{path} cannot be written: {(error.strerror or str(error)).lower()}",
            hint="check the folder and its rights",
        ) from error


def _is_stream(path: str) -> bool:
    """Whether something is at the path that is no file of its own: a device, a pipe, or what the process has open."""
    real = os.path.realpath(path)
    return (os.path.exists(real) and not os.path.isfile(real)) or (
        os.path.islink(path) and os.readlink(path).startswith("/proc/")
    )


def write_files(files: Mapping[str, str]) -> None:
    """Writes text files by path, each whole or not at all; makes their folders. Raises `MeshctlError`."""
    for path, text in files.items():
        _make(Path(path).parent)
        write_file(path, text)


def write_folder(path: str, files: Mapping[str, str], *, executable: Collection[str] = ()) -> None:
    """Writes text files, by name, into a folder that need not exist yet. Raises `MeshctlError`."""
    _make(Path(path))
    for name, text in files.items():
        target = Path(path) / name
        write_file(str(target), text)
        if name in executable:
            target.chmod(target.stat().st_mode | 0o111 & ~_umask())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MeshctlError(f"{folder} cannot be made: {(error.strerror or str(error)).lower()}") from error


def _umask() -> int:
    """The file mode bits that the process does not give; there is no way to ask without setting them."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
