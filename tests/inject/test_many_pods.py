"""What is worked out once for many pods does not show in any of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from meshctl.inject.configuration import Request, load
from meshctl.inject.injector import Injector, Outcome
from meshctl.inject.pod_templates import pod_templates
from tests.inject.test_injection import pods

SETTINGS = [load(Request()), load(Request(sets=["pilot.cni.enabled=true", "global.network=n"]))]


def _outcome(injector: Injector, pod: dict[str, Any]) -> Outcome:
    (template,) = pod_templates(deepcopy(pod))
    return injector.inject(template)


@settings(max_examples=40, deadline=None)
@given(st.lists(pods(), min_size=3, max_size=6), st.sampled_from(SETTINGS))
def test_each_pod_is_injected_as_if_it_were_the_only_one(many: list[dict[str, Any]], configuration: Any) -> None:
    injector = Injector(configuration)
    outcomes = [_outcome(injector, pod) for pod in many]
    assert outcomes == [_outcome(Injector(configuration), pod) for pod in many]
