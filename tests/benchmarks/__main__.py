"""Prints how fast meshctl is: `python -m tests.benchmarks [NAME...]`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks import corpus
from tests.benchmarks.clock import dump_yardstick, in_turn, json_yardstick, load_yardstick, start_yardstick

_MESHCTL = [sys.executable, "-m", "meshctl"]


def _row(name: str, ratio: float, yard: str, seconds: float, megabytes: float, goal: str) -> None:
    print(f"{name:<34}{ratio:>8.2f} {yard}  {seconds:>7.3f} s {megabytes:>6.0f} MB   goal {goal}", flush=True)


def _analyze(applications: int, goal: str, runs: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        corpus.write(folder, applications, mistakes=True)
        command = [*_MESHCTL, "analyze", "--use-kube=false", "-A", str(folder)]
        timing, yard = in_turn(command, lambda: load_yardstick(folder), runs)
        _row(
            f"analyze, {applications * 10} resources",
            timing.seconds / yard,
            "Y",
            timing.seconds,
            timing.megabytes,
            goal,
        )


def _start(name: str, arguments: list[str], goal: str, applications: int = 0) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        if applications:
            corpus.write(Path(temporary), applications, mistakes=True)
            arguments = [*arguments, temporary]
        timing, yard = in_turn([*_MESHCTL, *arguments], start_yardstick, 15)
        _row(name, timing.seconds / yard, "P", timing.seconds, timing.megabytes, goal)


def _complete_contexts() -> None:
    """A kubeconfig as of people with many clusters: 200 contexts."""
    contexts = [{"name": f"arn:aws:eks:eu:{n}:cluster/c", "context": {"cluster": f"c{n}"}} for n in range(200)]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"apiVersion": "v1", "kind": "Config", "contexts": contexts}, file)
        file.flush()
        _start("__complete, 200 contexts", ["__complete", "-c", file.name, "--context", ""], "25 P, 0.3 s")


def _inject(name: str, applications: int, goal: str, runs: int, *, by_start: bool = False) -> None:
    """Z is what PyYAML's C loader and dumper take for the injected output."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        corpus.write(folder / "in", applications, mistakes=False)
        for path in (folder / "in").glob("*.yaml"):
            documents = path.read_text().split("---\n")
            path.write_text("---\n".join(text for text in documents if "\nkind: Deployment\n" in text))
        command = [*_MESHCTL, "kube-inject", "--quiet", "-f", str(folder / "in"), "-o", str(folder / "out.yaml")]
        yardstick = start_yardstick if by_start else lambda: dump_yardstick(folder / "out.yaml")
        timing, yard = in_turn(command, yardstick, runs)
        letter = "P" if by_start else "Z"
        _row(name, timing.seconds / yard, letter, timing.seconds, timing.megabytes, goal)


def _proxy_config(view: str, clusters: int, goal: str, runs: int, flags: Sequence[str] = ()) -> None:
    """J is what `json.load` takes for the same dump; a small one is measured by the start of Python."""
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "dump.json"
        # In a process of its own: the memory of this one counts for those that it starts.
        subprocess.run([sys.executable, "-m", "tests.benchmarks.config_dump", str(file), str(clusters)], check=True)
        size = file.stat().st_size / 1024 / 1024
        command = [*_MESHCTL, "proxy-config", *view.split(), *flags, "-f", str(file)]
        small = clusters < 1000
        timing, yard = in_turn(command, start_yardstick if small else lambda: json_yardstick(file), runs)
        letter = "P" if small else "J"
        _row(f"pc {view}, {size:.1f} MB", timing.seconds / yard, letter, timing.seconds, timing.megabytes, goal)


def _install(runs: int) -> None:
    """K is what kubectl takes for the same manifests, in a right order and with waits, on the same cluster."""
    from tests.benchmarks.installing import measure

    figures = measure(runs)
    goals = {"install demo": "1.0 K, 5 s, 250 MB", "no change": "1.5 s", "uninstall": "1.5 s"}
    for name, seconds in figures.seconds.items():
        _row(name, seconds / figures.kubectl, "K", seconds, figures.megabytes, goals[name])


_VIEWS = ("cluster", "endpoint", "route", "listener", "secret", "bootstrap", "all", "cluster -o wide", "route -o wide")

_REQUEST = ["--request", "GET http://service-9.held:8000/api/x", "--header", "x-user: tester", "--header", "x-trace: 1"]

BENCHMARKS: dict[str, Callable[[], None]] = {
    "version": lambda: _start("version --remote=false", ["version", "--remote=false"], "11 P"),
    "complete": lambda: _start("__complete, a flag's values", ["__complete", "pc", "cluster", "-o", ""], "11 P, 0.3 s"),
    "complete-contexts": _complete_contexts,
    "analyze-10": lambda: _start("analyze, 100 resources", ["analyze", "--use-kube=false", "-A"], "22 P", 10),
    "analyze-1000": lambda: _analyze(1000, "1.0 Y, 200 MB", 5),
    "analyze-5000": lambda: _analyze(5000, "1.05 Y, 800 MB", 3),
    "inject-20": lambda: _inject("kube-inject, 20 Deployments", 10, "30 P", 15, by_start=True),
    **{
        f"pc-{view.replace(' ', '-')}": partial(_proxy_config, view, 10_000, "0.6 J, 3 times the file", 3)
        for view in _VIEWS
    },
    "pc-trace": lambda: _proxy_config("trace", 10_000, "0.8 J, 3 times the file", 3, _REQUEST),
    **{f"pc-small-{view}": partial(_proxy_config, view, 50, "25 P", 9) for view in ("cluster", "route", "all")},
    "install": lambda: _install(5),
    "inject-2000": lambda: _inject("kube-inject, 2000 Deployments", 1000, "0.5 Z, 3.2 s, 300 MB", 3),
}


def main(names: list[str]) -> None:
    """Runs the benchmarks of those names, or all."""
    print("Y: CSafeLoader reads the same files.  P: python -c pass.  J: json.load of the same file.  K: kubectl.")
    print("Medians of whole processes, in turn.")
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
