"""Files that commands write: whole or not at all, and nothing else is replaced."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from meshctl.errors import MeshctlError
from meshctl.output.writing import write_file


def test_a_file_is_replaced_with_its_rights(tmp_path: Path) -> None:
    target = tmp_path / "mesh.yaml"
    target.write_text("old, and longer than the new text\n")
    target.chmod(0o640)
    write_file(str(target), "new\n")
    assert target.read_text() == "new\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.yaml"
    link.symlink_to(Path("real") / "mesh.yaml")
    for text in ("made\n", "changed\n"):
        write_file(str(link), text)
        assert link.is_symlink()
        assert (tmp_path / "real" / "mesh.yaml").read_text() == text


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    """`-o /dev/null` by root must not make a file of the device; a named pipe shows the same without being root."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    write_file(str(pipe), "text\n")
    reader.join(30)
    assert got == ["text\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_device_is_an_error_and_stays_a_device() -> None:
    with pytest.raises(MeshctlError, match=r"/dev/full cannot be written: no space left on device"):
        write_file("/dev/full", "text\n")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MeshctlError, match="is a directory"):
        write_file(str(tmp_path), "text\n")
