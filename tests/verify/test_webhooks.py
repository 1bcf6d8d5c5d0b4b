"""What is said about webhooks that call somebody outside of the cluster, or nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from meshctl.install.revisions import Revisions
from meshctl.kube import Cluster
from meshctl.verify import webhooks
from meshctl.verify.checks import Status


class Empty:
    """A cluster that has nothing."""

    def type_of(self, _: object) -> None:
        return None

    def get(self, *_: object) -> None:
        return None


def _judged(services: list[dict[str, Any]], policy: str = "Fail") -> tuple[Status, str]:
    client = {"service": {"namespace": "istio-system", "name": "istiod"}}
    webhook = {"name": "rev.validation.istio.io", "clientConfig": client, "failurePolicy": policy}
    item = {"kind": "ValidatingWebhookConfiguration", "metadata": {"name": "validator"}, "webhooks": [webhook]}
    found = Revisions("istio-system", [], [item], services, [])
    check = webhooks._judged(cast(Cluster, Empty()), found, item, datetime.now(UTC))
    return check.status, check.detail


def test_control_plane_outside_has_no_pods_to_look_for() -> None:
    service = {"metadata": {"namespace": "istio-system", "name": "istiod"}, "spec": {"ports": [{"port": 443}]}}
    assert _judged([service]) == (Status.OK, "Service istio-system/istiod leads out of the cluster")


@pytest.mark.parametrize(
    ("policy", "consequence"), [("Fail", "requests are refused"), ("Ignore", "nothing is checked")]
)
def test_what_a_missing_service_means_depends_on_the_failure_policy(policy: str, consequence: str) -> None:
    assert _judged([], policy) == (
        Status.OFF,
        f"it calls Service istio-system/istiod, which does not exist, so {consequence}",
    )
