"""Load balancing by a name that is kept for old configurations only."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import DEPRECATED_VALUE, Message
from meshctl.model.kinds.destination_rule import DESTINATION_RULE, policies
from meshctl.model.snapshot import Snapshot


@analyzer("destinationrule.DeprecatedBalancerAnalyzer", inputs={DESTINATION_RULE}, emits={DEPRECATED_VALUE})
def deprecated_balancer(mesh: Snapshot) -> Iterator[Message]:
    """Checks that no destination rule balances by LEAST_CONN."""
    for rule in mesh[DESTINATION_RULE]:
        for policy in policies(rule):
            for settings in (policy, *policy["portLevelSettings"]):
                simple = settings["loadBalancer"]["simple"]
                if simple.value == "LEAST_CONN":
                    yield DEPRECATED_VALUE.at(
                        simple,
                        field="loadBalancer.simple",
                        value="LEAST_CONN",
                        instead="LEAST_REQUEST, which does the same",
                    )
