"""Go's own text/template with sprig, as a program: what `meshctl.gotemplate` is compared with.

The program is built once per version of its sources, into the directory for temporary files; it takes many cases at a
time, so a test module runs it once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import tempfile
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """A template with its data, which are JSON with marks for Go types (`{"$int64": 5}`) or of a named type."""

    text: str
    data: Any = None
    type: str = ""
    missingKey: str = ""  # noqa: N815 - Go's spelling
    functions: str = "sprig"
    name: str = "t"
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """The output of a template up to its error, and the error or nothing."""

    output: bytes
    error: str


@cache
def program() -> Path:
    """The built program."""
    sources = sorted(path for path in HERE.iterdir() if path.suffix in (".go", ".mod", ".sum"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    built = Path(tempfile.gettempdir()) / f"meshctl-gotemplate-{os.getuid()}-{digest}"
    if not built.exists():
        with tempfile.TemporaryDirectory() as folder:
            fresh = Path(folder) / "oracle"
            try:
                done = subprocess.run(
                    ["go", "build", "-o", fresh, "."], cwd=HERE, capture_output=True, text=True, check=False
                )
            except FileNotFoundError:
                raise RuntimeError("these tests compare with Go's own templates: install Go") from None
            if done.returncode:
                raise RuntimeError(f"the Go program of these tests cannot be built:\n{done.stderr}")
            place = built.with_suffix(f".{os.getpid()}")
            place.write_bytes(fresh.read_bytes())
            place.chmod(0o755)
            place.replace(built)
    return built


def render(cases: list[Case]) -> list[Result]:
    """What Go makes of the cases."""
    asked = json.dumps([asdict(case) for case in cases], ensure_ascii=False)
    done = subprocess.run([program()], input=asked.encode(), capture_output=True, check=True)
    return [Result(base64.b64decode(found["output"] or ""), found["error"]) for found in json.loads(done.stdout)]


@cache
def types() -> dict[str, Any]:
    """What the Go types of cases are made of, by their names."""
    done = subprocess.run([program(), "types"], capture_output=True, check=True)
    described: dict[str, Any] = json.loads(done.stdout)
    return described
