"""What istiods answer to the question for their version."""

from __future__ import annotations

import pytest

from meshctl.model.versions import BuildInfo, ControlPlane, Proxy, Versions
from meshctl.output.versions import as_lines
from meshctl.sources.versions import read_build


@pytest.mark.parametrize(
    ("answer", "version", "revision", "status"),
    [
        (b"1.31.0-9f3c2ab-Clean", "1.31.0", "9f3c2ab", "Clean"),
        (b"1.31.0-rc.0-9f3c2ab-Modified\n", "1.31.0-rc.0", "9f3c2ab", "Modified"),
        (b'{"clientVersion": {"version": "1.24.1", "revision": "abc", "status": "Clean"}}', "1.24.1", "abc", "Clean"),
        (b"1.20.0", "1.20.0", "unknown", "unknown"),
        (b"", "unknown", "unknown", "unknown"),
    ],
)
def test_answers(answer: bytes, version: str, revision: str, status: str) -> None:
    found = read_build(answer)
    assert (found.version, found.revision, found.status) == (version, revision, status)


def test_control_planes_that_differ_have_a_line_each() -> None:
    planes = tuple(ControlPlane("istiod", revision, BuildInfo(revision)) for revision in ("1.30.1", "1.31.0"))
    found = Versions(planes, (Proxy("a.b", "1.31.0", "ztunnel"),))
    assert as_lines(BuildInfo("9"), found)[1:] == [
        "istiod version: 1.30.1",
        "istiod version: 1.31.0",
        "data plane version: 1.31.0 (1 proxies)",
    ]
