"""The programs of the control plane: built once from `go/go.mod` into a cache, or taken from `KUBEBUILDER_ASSETS`.

They are ordinary Go dependencies, named as tools of a module of ours, so only a Go module proxy is needed, no registry
of images and no archive of binaries. The build takes some minutes on two cores; afterwards the cache serves every
checkout with the same `go.mod`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODULE = Path(__file__).parent / "go"
KUBERNETES = "v1.36.3"
"""What the programs answer when asked for their version: builds outside of Kubernetes' own do not know it."""

PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    "kwok": "sigs.k8s.io/kwok/cmd/kwok",
}
FLAGS = [
    "-mod=readonly",
    "-buildvcs=false",
    "-trimpath",
    f"-ldflags=-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES}",
]


class NotBuiltError(Exception):
    """The programs are not there, or cannot be built."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where each program is."""

    paths: dict[str, Path]

    def __getitem__(self, name: str) -> str:
        return str(self.paths[name])


def cache() -> Path:
    """The directory of the built programs; its name changes with their versions."""
    digest = hashlib.sha256(" ".join(FLAGS).encode())
    for name in ("go.mod", "go.sum"):
        digest.update((MODULE / name).read_bytes())
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "meshctl" / f"cluster-{digest.hexdigest()[:12]}"


def find() -> Programs | None:
    """The programs, or None when some are missing."""
    paths = {name: path for name in PACKAGES if (path := _path(name)) is not None}
    return Programs(paths) if len(paths) == len(PACKAGES) else None


def _path(name: str) -> Path | None:
    """Assets of kubebuilder come first, as a developer set the variable on purpose."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    for directory in ([Path(assets)] if assets else []) + [cache()]:
        if os.access(directory / name, os.X_OK):
            return directory / name
    return None


def build(say: Callable[[str], None] = print) -> Programs:
    """Builds what is missing; a second builder of the same cache waits for the first."""
    target = cache()
    target.mkdir(parents=True, exist_ok=True)
    with _lock(target / "lock", say):
        missing = [name for name in PACKAGES if _path(name) is None]
        if missing:
            _compile(missing, target, say)
    programs = find()
    assert programs is not None, "what was missing has just been built"
    return programs


@contextmanager
def _lock(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("cluster: another process builds it; waiting")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _compile(names: list[str], target: Path, say: Callable[[str], None]) -> None:
    go = shutil.which("go")
    if go is None:
        raise NotBuiltError("the control plane cannot be built: there is no go command")
    started = time.monotonic()
    say(f"cluster: building {', '.join(names)} (some minutes the first time)")
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    with tempfile.TemporaryDirectory(dir=target) as output:
        _run([go, "build", "-v", *FLAGS, "-o", output, *(PACKAGES[name] for name in names)], environment, say)
        for name in names:
            os.replace(Path(output) / ("server" if name == "etcd" else name), target / name)
    say(f"cluster: built in {time.monotonic() - started:.0f} s: {target}")


def _run(command: list[str], environment: dict[str, str], say: Callable[[str], None], every: float = 20) -> None:
    """Runs a build, with a line of progress now and then: `-v` prints each package as it is compiled."""
    process = subprocess.Popen(command, cwd=MODULE, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    packages, other, told = 0, [], time.monotonic()
    for line in process.stderr:
        if line.startswith(("#", "go: ", "\t")) or ":" in line:
            other.append(line)
        else:
            packages += 1
        if time.monotonic() - told > every:
            told = time.monotonic()
            say(f"cluster: {packages} packages compiled")
    if process.wait() != 0:
        raise NotBuiltError("the control plane could not be built:\n" + "".join(other[-20:]))


if __name__ == "__main__":
    build(lambda line: print(line, file=sys.stderr))
