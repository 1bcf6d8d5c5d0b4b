"""Plans as people and programs see them."""

from __future__ import annotations

import json

import pytest

from meshctl.charts.installation import resolve
from meshctl.install.comparison import Difference
from meshctl.install.identity import Identity
from meshctl.install.plan import Action, Plan, Step
from meshctl.install.state import State
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


def _step(name: str, changes: dict[str, tuple[str, str]]) -> Step:
    found = tuple(Difference(path, before, after) for path, (before, after) in changes.items())
    return Step(Action.CHANGE, Identity("", "Role", "istio-system", name), "Istiod", live={}, changes=found,
                taken_from=("istio-operator",))  # fmt: skip


def test_labels_of_the_release_do_not_hide_what_else_an_upgrade_changes() -> None:
    release = {"metadata.labels[helm.sh/chart]": ("istiod-1.30.2", "istiod-1.31.0"),
               "metadata.labels[operator.istio.io/version]": ("1.30.2", "1.31.0")}  # fmt: skip
    steps = [_step("one", release), _step("two", release), _step("three", release | {"rules": ("a", "b")})]
    plan = Plan(resolve(), tuple(steps), {}, State())
    assert list(installing.plan_lines(plan, Paint(None, False))) == [
        "Istiod",
        "  ~ Role istio-system/three, taken over from istio-operator",
        "      rules: a -> b",
        "  ~ 2 objects, taken over from istio-operator: labels of the release, which --diff shows",
        "0 to create, 3 to change, 0 to remove, 0 unchanged",
    ]
    whole = "\n".join(installing.plan_lines(plan, Paint(None, False), whole=True))
    assert whole.count("metadata.labels[operator.istio.io/version]: 1.30.2 -> 1.31.0") == 3
