"""A saved admin page is found in whatever it was packed."""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from meshctl.proxyconfig.errors import DumpError
from meshctl.proxyconfig.saved import CLUSTERS, read_saved

PAGE = b'{"configs": []}'
REPORT = {
    "bug-report/versions": b"1",
    "bug-report/proxies/shop/cart-1/config_dump?include_eds": PAGE,
    "bug-report/proxies/shop/cart-1/clusters": b'{"cluster_statuses": []}',
    "bug-report/proxies/shop/cart-1/config_dumper": b"no",
}


def archive(tmp_path: Path, members: dict[str, bytes], kind: str) -> str:
    path = tmp_path / f"bug-report.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as target:
            for name, data in members.items():
                target.writestr(name, data)
    elif kind == "folder":
        for name, data in members.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    else:
        with tarfile.open(path, "w:gz" if kind.endswith("gz") else "w") as tar:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return str(path)


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip", "folder"])
def test_the_page_is_taken_out_of_an_archive(tmp_path: Path, kind: str) -> None:
    name = archive(tmp_path, REPORT, kind)
    assert read_saved(name) == PAGE
    assert read_saved(name, CLUSTERS) == b'{"cluster_statuses": []}'
    assert read_saved(name, proxy="cart-1") == PAGE


def test_a_packed_page_in_an_archive(tmp_path: Path) -> None:
    assert read_saved(archive(tmp_path, {"p/config_dump.json.gz": gzip.compress(PAGE)}, "zip")) == PAGE


def test_plain_and_packed_files(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(PAGE)
    packed.write_bytes(gzip.compress(PAGE))
    assert read_saved(str(plain)) == read_saved(str(packed)) == PAGE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_writes(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "dump"
    file.write_text(PAGE.decode(), encoding=encoding)
    assert read_saved(str(file)) == PAGE


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(PAGE))))
    assert read_saved("-") == PAGE


def test_one_of_several_proxies_must_be_named(tmp_path: Path) -> None:
    members = {f"proxies/shop/cart-{n}/config_dump": f"{n}".encode() for n in range(9)}
    name = archive(tmp_path, members, "tar.gz")
    with pytest.raises(DumpError, match="9 proxies") as caught:
        read_saved(name)
    assert "cart-0.shop" in caught.value.hint
    assert read_saved(name, proxy="cart-3.shop") == b"3"
    with pytest.raises(DumpError, match="nothing of the proxy x"):
        read_saved(name, proxy="x")


def test_what_cannot_be_read_is_said_in_a_line(tmp_path: Path) -> None:
    empty, cut, other = tmp_path / "empty", tmp_path / "cut.gz", tmp_path / "other.zip"
    empty.write_bytes(b" \n")
    cut.write_bytes(gzip.compress(PAGE * 100)[:-9])
    other.write_bytes(b"PK\x03\x04 and nothing else")
    for path, problem in (
        (empty, "is empty"),
        (cut, "is damaged"),
        (other, "is damaged"),
        (tmp_path / "none", "no such file"),
        (Path(archive(tmp_path, {"a/b": b"c"}, "tar")), "has no config_dump"),
    ):
        with pytest.raises(DumpError, match=problem) as caught:
            read_saved(str(path))
        assert caught.value.exit_code == 65
        assert caught.value.hint
