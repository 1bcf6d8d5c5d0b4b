"""The formats of messages, as the programs that read them take them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.cli.run import meshctl

# The published JSON Schema of SARIF 2.1.0 (OASIS), without its descriptions.
SARIF = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text())

MESH = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: "reviews"}
spec:
  hosts: ["reviews"]
  http:
  - route:
    - destination: {host: "a,b:c%<&>\\"\\x01é"}
---
apiVersion: v1
kind: Service
metadata: {name: reviews}
---
apiVersion: v1
kind: Service
metadata: {name: reviews}
"""


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    (tmp_path / "my mesh.yaml").write_text(MESH)
    return tmp_path


def test_sarif_is_valid_and_points_at_the_place(mesh: Path) -> None:
    log = json.loads(meshctl("analyze", "-o", "sarif", "my mesh.yaml", cwd=mesh).out)
    jsonschema.Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    results = {result["ruleId"]: result for result in run["results"]}
    place = results["IST0101"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20mesh.yaml"
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (8, 27)
    assert results["IST0101"]["level"] == "error"
    assert results["MESH0104"]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 12
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_empty_sarif_is_valid(mesh: Path) -> None:
    done = meshctl("analyze", "-o", "sarif", "-", stdin=MESH.partition("---\n")[2].partition("---\n")[0])
    jsonschema.Draft4Validator(SARIF).validate(json.loads(done.out))
    assert done.code == 0


def test_junit_is_well_formed_and_counts(mesh: Path) -> None:
    root = ElementTree.fromstring(meshctl("analyze", "-o", "junit", "my mesh.yaml", cwd=mesh).out)
    (suite,) = root.findall("testsuite")
    assert suite.get("name") == "my mesh.yaml"
    assert suite.get("failures") == root.get("failures") == str(len(suite.findall("testcase/failure")))
    case = next(case for case in suite.findall("testcase") if "IST0101" in str(case.get("name")))
    assert case.get("line") == "8"
    assert 'a,b:c%<&>"' in str(case.find("failure").get("message"))  # type: ignore[union-attr]


def test_junit_without_messages_has_a_passed_case() -> None:
    root = ElementTree.fromstring(meshctl("analyze", "-o", "junit", "-", stdin="kind: Node\napiVersion: v1\n").out)
    assert root.get("failures") == "0"
    assert len(root.findall("testsuite/testcase")) == 1


def test_github_commands_are_escaped(mesh: Path) -> None:
    lines = meshctl("analyze", "-o", "github", "my mesh.yaml", cwd=mesh).out.splitlines()
    (line,) = [line for line in lines if "IST0101" in line]
    head, _, text = line.removeprefix("::").partition("::")
    assert head.startswith("error file=my mesh.yaml,line=8,col=27,")
    assert "title=IST0101 VirtualService default/reviews" in head
    assert "a,b:c%25<&>" in text


def test_several_outputs_at_once(mesh: Path) -> None:
    done = meshctl(
        *("analyze", "my mesh.yaml", "--output-file", "a.sarif", "--output-file", "junit=b", "--output-file", "c.json"),
        *("--output-file", "d.yml", "-o", "log"),
        cwd=mesh,
    )
    assert done.code == 79
    jsonschema.Draft4Validator(SARIF).validate(json.loads((mesh / "a.sarif").read_text()))
    assert ElementTree.fromstring((mesh / "b").read_text()).tag == "testsuites"
    assert json.loads((mesh / "c.json").read_text()) == yaml.safe_load((mesh / "d.yml").read_text())
    assert "Error [IST0101]" in done.out


@pytest.mark.parametrize("value", ["report.unknown", "=x", "xml=a"])
def test_an_output_file_of_no_known_format_is_wrong_usage(mesh: Path, value: str) -> None:
    done = meshctl("analyze", "my mesh.yaml", "--output-file", value, cwd=mesh)
    assert done.code == 64
    assert done.out == ""


def test_an_output_file_that_cannot_be_written_is_one_line(mesh: Path) -> None:
    done = meshctl("analyze", "my mesh.yaml", "--output-file", "missing/a.json", cwd=mesh)
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
