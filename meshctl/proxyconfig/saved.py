"""Saved answers of Envoy's admin pages: files, compressed or not, archives of bug reports, and standard input."""

from __future__ import annotations

import codecs
import gzip
import io
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from meshctl.errors import UsageError
from meshctl.proxyconfig.errors import DumpError

STANDARD_INPUT = "-"

CONFIG_DUMP = "config_dump"
CLUSTERS = "clusters"

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_LISTED = 5


class AdminPages(Protocol):
    """Gets the answer of an admin page of a running proxy: how the cluster is reached is not known here."""

    def __call__(self, pod: str, namespace: str, path: str) -> bytes:
        """The body of `GET <path>` on the admin port of the pod's proxy."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy in an archive, by the folders that its pages lie in."""

    pod: str
    namespace: str

    def __str__(self) -> str:
        """The name as it is typed for a command."""
        return f"{self.pod}.{self.namespace}" if self.namespace else self.pod


def read_saved(name: str, page: str = CONFIG_DUMP, *, proxy: str = "") -> bytes:
    """The bytes of a saved page; `-` is standard input.

    In an archive or a folder, `page` is the name that the file must begin with, and `proxy` chooses between several
    pods: `<pod>` or `<pod>.<namespace>`. Raises `DumpError`.
    """
    path = Path(name)
    try:
        if name == STANDARD_INPUT:
            return _unpacked(sys.stdin.buffer.read(), "standard input", page, proxy)
        if path.is_dir():
            members = {found.relative_to(path).as_posix(): found.read_bytes for found in path.rglob("*")
                       if found.is_file()}  # fmt: skip
            return _unpacked(_chosen(members, name, page, proxy), name, page, "")
        return _unpacked(path.read_bytes(), name, page, proxy)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise DumpError(f"{name} cannot be read: {problem}", hint="check the name given with --file") from error


def _unpacked(data: bytes, name: str, page: str, proxy: str) -> bytes:
    try:
        if data.startswith(_GZIP):
            data = gzip.decompress(data)
        if data.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                zipped = {info.filename: _zip_reader(archive, info) for info in archive.infolist() if not info.is_dir()}
                return _unpacked(_chosen(zipped, name, page, proxy), name, page, "")
        if data[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                taped = {member.name: _tar_reader(tar, member) for member in tar.getmembers() if member.isfile()}
                return _unpacked(_chosen(taped, name, page, proxy), name, page, "")
    except (zlib.error, EOFError, gzip.BadGzipFile, tarfile.TarError, zipfile.BadZipFile, RuntimeError) as error:
        raise DumpError(f"{name} is damaged: {str(error).lower()}", hint="copy or save it again") from error
    if proxy:
        raise UsageError("a pod and a file are given", hint=f"leave one out: {name} is the page of one proxy")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # Windows PowerShell writes what a program prints into files so.
        data = data.decode("utf-16", "replace").encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        raise DumpError(f"{name} is empty", hint="save the answer of the proxy's admin page into it")
    return data


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    return lambda: archive.read(info)


def _tar_reader(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        file = tar.extractfile(member)
        return file.read() if file else b""

    return read


def _chosen(members: Mapping[str, Callable[[], bytes]], name: str, page: str, wanted: str) -> bytes:
    """The one member that is the page of the wanted proxy."""
    pages: dict[Proxy, Callable[[], bytes]] = {}
    for member, read in sorted(members.items()):
        path = PurePosixPath(member)
        # bug-report names the files after the request: `config_dump?include_eds`.
        if not path.name.startswith(page) or path.name.removeprefix(page)[:1] not in ("", ".", "?", "_"):
            continue
        folders = ("", "", *path.parts[:-1])
        pages.setdefault(Proxy(folders[-1], folders[-2]), read)
    fitting = {proxy: read for proxy, read in pages.items() if wanted in ("", str(proxy), proxy.pod)}
    if len(fitting) == 1:
        return next(iter(fitting.values()))()
    if not pages:
        raise DumpError(f"{name} has no {page} of a proxy in it", hint=f"it is {page}* in a folder named after the pod")
    names = [str(proxy) for proxy in (fitting or pages)]
    shown = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
    if not fitting:
        raise DumpError(f"{name} has nothing of the proxy {wanted}", hint=f"it has {shown}")
    raise DumpError(f"{name} has the pages of {len(names)} proxies", hint=f"name one of them as well: {shown}")
