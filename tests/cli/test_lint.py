"""`analyze` and `validate` as a user runs them: input, output and exit codes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.run import ROOT, meshctl

GOOD = """\
apiVersion: v1
kind: Service
metadata: {name: reviews}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews}
"""
BAD = GOOD.replace("destination: {host: reviews}", "destination: {host: reviewz}")
BROKEN = "a: [1\n---\n" + GOOD


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(BAD)
    (tmp_path / "broken.yaml").write_text(BROKEN)
    return tmp_path


@pytest.mark.parametrize("output", ["log", "json", "yaml"])
@pytest.mark.parametrize(
    ("file", "code"), [("good.yaml", 0), ("bad.yaml", 79), ("broken.yaml", 65), ("nothing.yaml", 65), ("none.yaml", 65)]
)
def test_exit_code_does_not_depend_on_the_format(mesh: Path, output: str, file: str, code: int) -> None:
    (mesh / "nothing.yaml").write_text("# nothing\n")
    assert meshctl("analyze", "--use-kube=false", "-o", output, file, cwd=mesh).code == code


def test_a_finding_wins_over_an_unreadable_document(mesh: Path) -> None:
    (mesh / "broken-only.yaml").write_text("a: [1\n")
    done = meshctl("analyze", "bad.yaml", "broken-only.yaml", cwd=mesh)
    assert done.code == 79
    assert "bad.yaml:13" in done.out
    assert "broken-only.yaml:" in done.out


def test_the_rest_of_a_broken_file_is_analyzed(mesh: Path) -> None:
    (mesh / "half.yaml").write_text("a: [1\n---\n" + BAD)
    done = meshctl("analyze", "half.yaml", cwd=mesh)
    assert done.code == 79
    assert "half.yaml:15" in done.out


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD + "...\na: b\n", 15, "Kubernetes never reads what follows here"),
        (GOOD + "--- {a: b}\n", 14, "Kubernetes never reads what follows here"),
        ("--- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n", 1, "in the same line"),
    ],
)
def test_text_that_belongs_to_no_document_is_named(mesh: Path, text: str, line: int, said: str) -> None:
    (mesh / "rest.yaml").write_text(text)
    done = meshctl("validate", "-f", "rest.yaml", cwd=mesh)
    assert done.code == 0
    assert f"rest.yaml:{line})" in done.out
    assert done.out.rstrip().endswith(said)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["analyze", "-o", "xml", "good.yaml"],
        ["analyze", "--use-kube=maybe", "good.yaml"],
        ["anlyze", "good.yaml"],
        ["validate"],
        ["validate", "good.yaml"],
        ["analyze"],
    ],
    ids=" ".join,
)
def test_wrong_usage(mesh: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "meshctl", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=mesh,
        env={**os.environ, "PYTHONPATH": str(ROOT), "KUBECONFIG": os.devnull},
    )
    assert done.returncode == 64
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", "bad.yaml", "-ojson"],
        ["analyze", "-ojson", "bad.yaml"],
        ["analyze", "--output=json", "--use-kube=false", "-A", "bad.yaml"],
        ["-n", "default", "analyze", "-o", "JSON", "bad.yaml"],
        ["--namespace=default", "-i", "istio-system", "analyze", "-o=json", "bad.yaml"],
        ["validate", "-f", "good.yaml,bad.yaml", "-ojson"],
        ["v", "--filename", "bad.yaml", "-o", "json"],
    ],
    ids=" ".join,
)
def test_spellings_of_istioctl(mesh: Path, arguments: list[str]) -> None:
    done = meshctl(*arguments, cwd=mesh)
    assert done.code == (79 if "analyze" in arguments else 0), done.err
    json.loads(done.out)


def test_json_has_the_keys_of_istioctl_and_the_place(mesh: Path) -> None:
    (found,) = json.loads(meshctl("analyze", "-o", "json", "bad.yaml", cwd=mesh).out)
    assert found["code"] == "IST0101"
    assert found["level"] == "Error"
    assert found["origin"] == "VirtualService default/reviews"
    assert found["reference"] == "bad.yaml:13"
    assert (found["file"], found["line"], found["column"], found["endColumn"]) == ("bad.yaml", 13, 27, 34)
    assert found["path"] == "spec.http[0].route[0].destination.host"
    assert found["documentationUrl"].endswith("/ist0101/?ref=meshctl-analyze")


def test_yaml_says_the_same_as_json(mesh: Path) -> None:
    as_json = json.loads(meshctl("analyze", "-o", "json", "bad.yaml", "broken.yaml", cwd=mesh).out)
    assert yaml.safe_load(meshctl("analyze", "-o", "yaml", "bad.yaml", "broken.yaml", cwd=mesh).out) == as_json


def test_piped_output_is_one_plain_line_each(mesh: Path) -> None:
    done = meshctl("analyze", "bad.yaml", cwd=mesh)
    assert done.out == 'Error [IST0101] (VirtualService default/reviews bad.yaml:13) no host "reviewz" was found\n'
    assert "1 error" in done.err


def _on_a_terminal(*arguments: str, cwd: Path, **environment: str) -> str:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "meshctl", *arguments],
        stdout=follower,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment},
    )
    os.close(follower)
    found = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        found += part
    process.wait()
    os.close(leader)
    return found.decode().replace("\r\n", "\n")


def test_a_person_sees_the_line_and_a_caret(mesh: Path) -> None:
    shown = _on_a_terminal("analyze", "bad.yaml", cwd=mesh, NO_COLOR="1")
    assert "error[IST0101]" in shown
    assert "bad.yaml:13:27" in shown
    line, caret = shown.splitlines()[2:4]
    assert line.endswith("    - destination: {host: reviewz}")
    assert line[caret.index("^") : caret.rindex("^") + 1] == "reviewz"
    assert "\x1b" not in shown


def test_colours_only_on_a_terminal(mesh: Path) -> None:
    assert "\x1b[" in _on_a_terminal("analyze", "bad.yaml", cwd=mesh, NO_COLOR="")
    assert "\x1b[" not in _on_a_terminal("analyze", "bad.yaml", cwd=mesh, TERM="dumb", NO_COLOR="")
    assert "\x1b[" not in meshctl("analyze", "bad.yaml", cwd=mesh).out
    assert "\x1b[" in meshctl("analyze", "--color", "bad.yaml", cwd=mesh).out


def test_excerpts_hide_secrets(mesh: Path) -> None:
    (mesh / "secret.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  password: [hunter2]\n"
    )
    (mesh / "broken-secret.yaml").write_text("kind: Secret\ndata:\n  password: aHVudGVyMg==\n  b: [aHVudGVyMg==\n")
    for file in ("secret.yaml", "broken-secret.yaml"):
        shown = _on_a_terminal("analyze", file, cwd=mesh) + meshctl("analyze", "-o", "json", file, cwd=mesh).out
        assert "hunter2" not in shown
        assert "aHVudGVyMg" not in shown


def test_standard_input(mesh: Path) -> None:
    assert "(VirtualService default/reviews -:13)" in meshctl("analyze", "-", stdin=BAD).out
    assert meshctl("analyze", "--use-kube=false", stdin=BAD).code == 79
    assert meshctl("validate", "-f", "-", stdin=GOOD).code == 0


def test_references_are_not_judged_without_any_evidence(mesh: Path) -> None:
    (mesh / "alone.yaml").write_text(GOOD.partition("---\n")[2])
    done = meshctl("analyze", "alone.yaml", cwd=mesh)
    assert (done.code, done.out) == (0, "")
    assert "1 reference not judged" in done.err
    assert "--strict" in done.err
    assert meshctl("analyze", "--strict", "alone.yaml", cwd=mesh).code == 79


def test_validate_looks_at_each_object_by_itself(mesh: Path) -> None:
    assert meshctl("validate", "-f", "bad.yaml", cwd=mesh).code == 0
    (mesh / "typo.yaml").write_text(GOOD.replace("hosts:", "hots:"))
    done = meshctl("validate", "-f", "typo.yaml", cwd=mesh)
    assert done.code == 79
    assert "typo.yaml:10" in done.out


def test_namespace_is_the_default_and_hides_nothing(mesh: Path) -> None:
    (mesh / "other.yaml").write_text(
        BAD.replace("metadata: {name: reviews}", "metadata: {name: reviews, namespace: prod}")
    )
    done = meshctl("analyze", "-n", "shop", "bad.yaml", "other.yaml", cwd=mesh)
    assert "VirtualService shop/reviews" in done.out
    assert "VirtualService prod/reviews" in done.out


def test_a_reader_that_leaves_is_no_failure(mesh: Path) -> None:
    for number in range(300):
        (mesh / f"bad{number}.yaml").write_text(
            BAD.replace("{name: reviews}", f"{{name: reviews, namespace: n{number}}}")
        )
    command = f"{sys.executable} -m meshctl analyze -o json . | head -1"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        cwd=mesh,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize("command", [[], ["analyze"], ["validate"], ["version"]], ids=str)
def test_help_has_an_example(command: list[str]) -> None:
    done = meshctl(*command, "--help")
    assert done.code == 0
    assert "Example" in done.out
    assert "meshctl" in done.out


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "meshctl", "analyze", "-L"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered},
        )
    assert done.returncode == 1
    assert done.stderr == "meshctl: the output cannot be written: no space left on device\n"


def test_every_run_says_the_same_in_the_same_order() -> None:
    """Python gives sets of texts another order in each process; no order of a report may come from one."""
    cases = ROOT / "tests" / "analysis" / "cases"
    runs = [
        meshctl("analyze", "--use-kube=false", "--strict", "-o", "json", str(cases), PYTHONHASHSEED=seed)
        for seed in ("1", "2")
    ]
    assert runs[0].code == 79
    assert runs[0].out == runs[1].out


def test_a_pipe_in_a_directory_is_passed_over_and_a_link_to_nothing_is_not(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    os.mkfifo(tmp_path / "pipe.yaml")
    done = meshctl("validate", "-f", ".", cwd=tmp_path)
    assert (done.code, done.out) == (0, "")
    (tmp_path / "link.yaml").symlink_to("nowhere")
    done = meshctl("validate", "-f", ".", cwd=tmp_path)
    assert done.code == 65
    assert "link.yaml cannot be read: no such file or directory" in done.out
