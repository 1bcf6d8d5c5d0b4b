"""Plans as people and programs see them."""

from __future__ import annotations

import json

import pytest

from meshctl.install.comparison import Difference
from meshctl.install.identity import Identity
from meshctl.output import installing
from meshctl.output.terminal import Paint

MESH = """\
defaultConfig:
  tracing:
    lightstep:
      accessToken: {token}
      address: collector:443
"""
CONFIG = Identity("", "ConfigMap", "istio-system", "istio")


def shown(change: Difference, key: Identity) -> str:
    text = "\n".join(installing._change_lines(change, key, Paint(None, False), whole=True))
    return text + json.dumps(installing._change_data(change, key))


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("data.mesh", MESH.format(token="hunter1"), MESH.format(token="hunter2") + "rootNamespace: x\n"),
        ("data.mesh", MESH.format(token="hunter1"), MESH.format(token='"hunter 2, and more"')),
        ("data.values", None, '{"tracer": {"lightstep": {"accessToken": "hunter2", "address": ""}}}'),
        ("data", None, {"values": '{"accessToken":"hunter2"}', "mesh": MESH.format(token="'hunter2'")}),
        ("spec.values.global.tracer.lightstep.accessToken", "hunter1", "hunter2"),
        ("data.mesh", None, "headers:\n- Authorization: Bearer hunter2\n"),
    ],
)
def test_tokens_in_settings_are_not_shown(path: str, before: object, after: object) -> None:
    found = shown(Difference(path, before, after), CONFIG)
    assert "hunter" not in found
    assert "and more" not in found
    assert installing.HIDDEN in found
    assert path in found


def test_other_settings_are_shown() -> None:
    found = shown(Difference("data.mesh", "tokenAudience: a\n", "tokenAudience: b\n"), CONFIG)
    assert "-tokenAudience: a" in found
    assert "+tokenAudience: b" in found


def test_nothing_of_a_secret_is_shown() -> None:
    found = shown(Difference("data", {"key": "aHVudGVy"}, None), Identity("", "Secret", "istio-system", "keys"))
    assert "aHVudGVy" not in found
    assert installing.HIDDEN in found
