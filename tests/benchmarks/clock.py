"""Times whole processes, and yardsticks in turn with them, so that a ratio holds when the machine's speed drifts."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """Medians over the runs: seconds, and peak memory in MB."""

    seconds: float
    megabytes: float


_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    # An installed meshctl is compiled; a checkout is too after the first run, unless somebody forbids it.
    "PYTHONPYCACHEPREFIX": os.path.join(tempfile.gettempdir(), "meshctl-benchmarks"),
}


def process(command: list[str]) -> tuple[float, float]:
    """Seconds and peak megabytes of one process."""
    started = time.perf_counter()
    pid = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_ENVIRONMENT)
    _, _, usage = _wait(pid)
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def _wait(popen: subprocess.Popen[bytes]) -> tuple[int, int, resource.struct_rusage]:

    pid, status, usage = os.wait4(popen.pid, 0)
    popen.returncode = os.waitstatus_to_exitcode(status)
    return pid, status, usage


def load_yardstick(folder: Path) -> float:
    """Y: the seconds that PyYAML's C loader takes for all files of a folder, in a process of its own."""
    code = (
        "import pathlib, sys, time, yaml\n"
        "texts = [p.read_text() for p in sorted(pathlib.Path(sys.argv[1]).glob('*.yaml'))]\n"
        "started = time.perf_counter()\n"
        "for text in texts:\n    list(yaml.load_all(text, Loader=yaml.CSafeLoader))\n"
        "print(time.perf_counter() - started)"
    )
    return float(subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, check=True).stdout)


def dump_yardstick(file: Path) -> float:
    """Z: the seconds that PyYAML's C loader and dumper take for a file, in a process of its own."""
    code = (
        "import pathlib, sys, time, yaml\n"
        "text = pathlib.Path(sys.argv[1]).read_text()\n"
        "started = time.perf_counter()\n"
        "documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))\n"
        "yaml.dump_all(documents, Dumper=yaml.CSafeDumper)\n"
        "print(time.perf_counter() - started)"
    )
    return float(subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, check=True).stdout)


def json_yardstick(file: Path) -> float:
    """J: the seconds that `json.load` takes for a file, in a process of its own."""
    code = (
        "import json, sys, time\n"
        "started = time.perf_counter()\n"
        "json.load(open(sys.argv[1]))\n"
        "print(time.perf_counter() - started)"
    )
    return float(subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, check=True).stdout)


def in_turn(command: list[str], yardstick: Callable[[], float], runs: int) -> tuple[Timing, float]:
    """The command's timing and the yardstick's median seconds, measured alternately after one warm-up."""
    process(command)
    yardstick()
    seconds, memory, yards = [], [], []
    for _ in range(runs):
        yards.append(yardstick())
        elapsed, peak = process(command)
        seconds.append(elapsed)
        memory.append(peak)
    return Timing(statistics.median(seconds), max(memory)), statistics.median(yards)


def start_yardstick() -> float:
    """P: the seconds of `python -c pass`."""
    return process([sys.executable, "-c", "pass"])[0]
