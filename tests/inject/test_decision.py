"""Whether a pod gets a proxy: each row of the table of rules, in the order in which they are asked."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from meshctl.inject.decision import INJECT, Policy, decide
from meshctl.inject.settings import read_config
from tests.inject.one_pod import BUILT_IN, outcome, pod, read

NEVER: list[dict[str, Any]] = [
    {},
    {"matchLabels": {"not": "me"}},
    {"matchExpressions": [{"key": "out", "operator": "Exists"}]},
]
ALWAYS = [{"matchExpressions": [{"key": "in", "operator": "In", "values": ["yes"]}]}]
SYSTEM = ("kube-system", "kube-public", "kube-node-lease", "local-path-storage")


def decided(mode: str = "enabled", namespace: str = "shop", spec: Any = None, **metadata: Any) -> tuple[bool, str]:
    found = decide({"metadata": metadata, "spec": spec or {}}, namespace, Policy(mode, NEVER, ALWAYS))
    return found.inject, found.rule


@pytest.mark.parametrize("mode", ["enabled", "disabled", "odd", ""])
@pytest.mark.parametrize("value", ["true", "false", "", "yes"])
def test_the_network_of_the_node_and_the_system_come_first(mode: str, value: str) -> None:
    labels = {INJECT: value, "in": "yes"}
    assert decided(mode, spec={"hostNetwork": True}, labels=labels) == (False, "host-network")
    for namespace in SYSTEM:
        assert decided(mode, namespace, labels=labels) == (False, "system-namespace")
        assert decided(mode, namespace, {"hostNetwork": True}) == (False, "host-network")


@pytest.mark.parametrize("mode", ["enabled", "disabled"])
@pytest.mark.parametrize("place", ["labels", "annotations"])
def test_a_word_beats_selectors_and_policy(mode: str, place: str) -> None:
    rule = place.removesuffix("s")
    selected = [{"out": ""}, {"in": "yes"}, {"out": "", "in": "yes"}]
    for labels in selected:
        yes: dict[str, Any] = {"labels": dict(labels), "annotations": {}}
        yes[place][INJECT] = "true"
        assert decided(mode, **yes) == (True, rule)
        yes[place][INJECT] = "false"
        assert decided(mode, **yes) == (False, rule)


@pytest.mark.parametrize("mode", ["enabled", "disabled"])
@pytest.mark.parametrize("value", [None, "", "yes", "True", "FALSE"])
def test_selectors_beat_the_policy(mode: str, value: str | None) -> None:
    own = {} if value is None else {INJECT: value}
    assert decided(mode, labels={**own, "out": "", "in": "yes"}) == (False, "never-selector")
    assert decided(mode, labels={**own, "not": "me"}) == (False, "never-selector")
    assert decided(mode, labels={**own, "in": "yes"}) == (True, "always-selector")
    assert decided(mode, labels={**own, "in": "no"}) == (mode == "enabled", "policy")
    assert decided(mode, labels=own) == (mode == "enabled", "policy")


@pytest.mark.parametrize(("mode", "value"), list(product(["odd", "", "Enabled"], ["true", "false", "", None])))
def test_any_other_policy_injects_nothing(mode: str, value: str | None) -> None:
    labels = {"in": "yes"} if value is None else {"in": "yes", INJECT: value}
    assert decided(mode, labels=labels)[0] is False


@pytest.mark.parametrize(
    ("label", "annotation", "injected"),
    [
        ("true", "false", True),
        ("false", "true", False),
        ("", "false", True),
        ("odd", "false", True),
        (None, "false", False),
        (None, "true", True),
        (None, "", True),
        (None, "odd", True),
        (None, None, True),
    ],
)
def test_a_label_hides_the_annotation_even_when_empty(
    label: str | None, annotation: str | None, injected: bool
) -> None:
    metadata: dict[str, Any] = {
        place: {INJECT: value} for place, value in (("labels", label), ("annotations", annotation)) if value is not None
    }
    assert decided(**metadata)[0] is injected
    found = outcome(pod(**metadata))
    assert (found.pod is not None) is injected
    odd = label if label is not None else annotation
    assert any("neither true nor false" in line for line in found.warnings) is (odd == "odd")


def test_what_does_not_count() -> None:
    for labels in ({"istio.io/dataplane-mode": "ambient"}, {"ambient.istio.io/redirection": "enabled"}):
        assert outcome(pod(labels=labels), BUILT_IN).pod is not None
    assert outcome(pod(containers=[{"name": "istio-proxy", "image": "mine"}])).pod is not None


def test_selectors_that_are_none_do_not_count() -> None:
    config = read_config(
        read(
            "policy: enabled\ntemplates: {sidecar: ''}\nneverInjectSelector:\n- {}\n- {matchLabels: [a]}\n"
            "- matchExpressions: [{key: a, operator: Near}]\n- matchExpressions: [{key: a, operator: In}]\n"
            "- matchExpressions: [{key: a, operator: DoesNotExist}]\n"
        ),
        "c.yaml",
    )
    assert len(config.policy.never) == 1
    assert [warning.partition(" ")[0] for warning in config.warnings] == [
        "neverInjectSelector[1]", "neverInjectSelector[2]", "neverInjectSelector[3]",
    ]  # fmt: skip
