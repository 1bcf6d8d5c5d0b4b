"""The wheel: what it holds, and that it works outside the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_schemas_and_licence_but_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {name for name in names if name.startswith("meshctl/_data/schemas/") and name.endswith(".json")}
    assert len(shipped) == len(list((ROOT / "schemas").rglob("*.json")))
    assert "meshctl/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests")]


def test_the_wheel_holds_every_file_of_the_charts(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    charts = [
        path for path in (ROOT / "meshctl/charts").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    assert len(charts) > 100
    assert not {str(path.relative_to(ROOT)) for path in charts} - names


def test_the_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # The dependencies come from this environment; meshctl itself must come from the wheel.
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True)
    (site / "dependencies.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    (tmp_path / "vs.yaml").write_text(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hots: [a]}\n"
    )
    script = (
        "import sys; sys.path = [p for p in sys.path if 'editable' not in p]\n"
        "import meshctl; assert 'site-packages' in meshctl.__file__, meshctl.__file__\n"
        "from meshctl.cli.app import main; main(['analyze', '--use-kube=false', 'vs.yaml'])"
    )
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 79, done.stderr
    assert 'no field "hots"' in done.stdout
    script = script.replace(
        "['analyze', '--use-kube=false', 'vs.yaml']", "['manifest', 'generate', '-s', 'profile=demo']"
    )
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\nkind: ") == 42
