"""Rules that guard the whole: imports point down, and starting up stays cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LEVELS = [
    {"durations", "errors", "packaged"},
    {"cel", "documents", "gotemplate"},
    {"model", "kube", "xds"},
    {"messages"},
    {"explanations", "schema", "sources"},
    {"analysis", "charts", "proxyconfig"},
    {"inject", "install"},
    {"verify", "diagnose"},
    {"output"},
    {"cli"},
]
"""The parts of meshctl from the lowest level up (STYLE.md); a part imports from itself and from lower levels."""

_LEVEL = {part: level for level, parts in enumerate(LEVELS) for part in parts}

SLOW = {
    "rich",
    "yaml",
    "jsonschema_rs",
    "re2",
    "kubernetes",
    "urllib3",
    "websocket",
    "h2",
    "msgspec",
    "yaml_rs",
    "jsonschema",
    "pydantic",
}


def _modules() -> list[Path]:
    return sorted((ROOT / "meshctl").rglob("*.py"))


def _part(module: str) -> str | None:
    steps = module.split(".")
    return steps[1] if steps[0] == "meshctl" and len(steps) > 1 else None


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "meshctl" else {node.module}
            )
    return found


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_down(path: Path) -> None:
    own = _part(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if own in (None, "__init__", "__main__"):
        return
    assert own in _LEVEL, f"{own} has no level yet"
    for module in _imports(path):
        part = _part(module)
        if part in (None, own, "__version__"):
            continue
        assert part in _LEVEL, f"{part} has no level yet"
        assert _LEVEL[part] < _LEVEL[own], f"{path} imports {module}, which is no lower level"


def _loaded(*arguments: str) -> set[str]:
    code = (
        "import sys\nfrom meshctl.cli.app import run\n"
        f"run({list(arguments)!r})\n"
        "print('\\n'.join(name for name in sys.modules if '.' not in name), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [("--help",), ("analyze", "--help"), ("version", "--remote=false")], ids=" ".join)
def test_help_and_version_load_no_slow_library(arguments: tuple[str, ...]) -> None:
    assert not _loaded(*arguments) & SLOW
