"""Installing into a test cluster, beside kubectl that applies the same manifests in a right order."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from meshctl.charts.installation import resolve
from meshctl.install.desired import Stage, desired
from tests.benchmarks.clock import process
from tests.cluster.kubectl import kubectl_path
from tests.cluster.programs import build
from tests.cluster.rig import Cluster

DEMO = ["--set", "profile=demo", "-y"]
_MESHCTL = [sys.executable, "-m", "meshctl"]


@dataclass(slots=True)
class Figures:
    """Medians in seconds, and the peak memory in MB."""

    kubectl: float
    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: float = 0


def measure(runs: int) -> Figures:
    """Installs, installs again, and removes the profile demo, in turn with kubectl."""
    times: dict[str, list[float]] = {"install demo": [], "no change": [], "uninstall": []}
    yards, peaks = [], []
    with _cluster() as kubeconfig, TemporaryDirectory() as folder:
        files = _manifests(Path(folder))
        _run([*_MESHCTL, "install", *DEMO])
        for _ in range(runs):
            _remove()
            yards.append(_timed(lambda: _kubectl_installs(kubeconfig, files)))
            _remove()
            commands = (("install demo", ["install", *DEMO]), ("no change", ["install", *DEMO]),
                        ("uninstall", ["uninstall", "--purge", "-y"]))  # fmt: skip
            for name, arguments in commands:
                if name == "uninstall":
                    time.sleep(2)  # for two seconds after a definition was made, lists of its kind are refused
                elapsed, peak = process([*_MESHCTL, *arguments])
                times[name].append(elapsed)
                peaks.append(peak)
    return Figures(
        statistics.median(yards), {name: statistics.median(found) for name, found in times.items()}, max(peaks)
    )


@contextmanager
def _cluster() -> Iterator[Path]:
    from tests.benchmarks import clock

    with Cluster(build(print)) as running:
        for environment in (os.environ, clock._ENVIRONMENT):
            environment["KUBECONFIG"] = str(running.kubeconfig())
        yield running.kubeconfig()


def _manifests(folder: Path) -> dict[Stage, Path]:
    found: dict[Stage, list[Any]] = {}
    for item in desired(resolve(sets=["profile=demo"])).objects:
        found.setdefault(item.stage, []).append(item.data)
    for stage, objects in found.items():
        (folder / f"{stage.name}.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    return {stage: folder / f"{stage.name}.json" for stage in sorted(found)}


def _kubectl_installs(kubeconfig: Path, files: dict[Stage, Path]) -> None:
    def kubectl(*arguments: str) -> None:
        _run([str(kubectl_path()), f"--kubeconfig={kubeconfig}", "--namespace=istio-system", *arguments])

    for stage, file in files.items():
        kubectl("apply", "--server-side", "--force-conflicts", "-f", str(file))
        if stage is Stage.DEFINITIONS:
            kubectl("wait", "--for=condition=Established", "-f", str(file))
        if stage is Stage.CONTROL_PLANE:
            kubectl("rollout", "status", "deployment/istiod")
        if stage is Stage.DATA_PLANE:
            kubectl("rollout", "status", "deployment/istio-ingressgateway")
            kubectl("rollout", "status", "deployment/istio-egressgateway")


def _remove() -> None:
    _run([*_MESHCTL, "uninstall", "--purge", "--delete-crds", "-y"])


def _timed(task: Callable[[], object]) -> float:
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
