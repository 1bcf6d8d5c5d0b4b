"""Golden cases: each manifest in `cases/` and what injection makes of it.

A comment `# set: PATH=VALUE` in the first lines of a case sets a value, `# native` asks for native sidecars. The golden
file holds the result, and the account of each workload as comments at its end.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from meshctl.inject.configuration import Request, load
from meshctl.inject.injector import Injector
from meshctl.inject.manifests import Manifests, as_yaml, injecting, process
from tests.conftest import Golden

CASES = Path(__file__).parent / "cases"
_ENDING = ".injected.yaml"


def cases() -> list[Path]:
    return sorted(path for path in CASES.glob("*.yaml") if not path.name.endswith(_ENDING))


def injected(text: str) -> Manifests:
    lines = [line.removeprefix("# ") for line in text.splitlines()[:6] if line.startswith("# ")]
    request = Request(
        sets=[line.removeprefix("set: ") for line in lines if line.startswith("set: ")],
        native_sidecars="native" in lines or None,
    )
    return process([("case.yaml", text)], injecting(Injector(load(request))))


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.stem)
def test_injected_manifest(case: Path, golden: Golden) -> None:
    found = injected(case.read_text())
    accounts = []
    for account in found.accounts:
        accounts.append(f"# {account.workload}: {account.result}: {account.reason or account.problem}")
        accounts += [f"#   warning: {warning}" for warning in account.warnings]
    golden(case.with_suffix(_ENDING), as_yaml(found) + "\n".join(accounts) + "\n")


def test_every_golden_file_has_its_case() -> None:
    stems = {case.stem for case in cases()}
    orphans = [path.name for path in CASES.glob(f"*{_ENDING}") if path.name.removesuffix(_ENDING) not in stems]
    assert not orphans
