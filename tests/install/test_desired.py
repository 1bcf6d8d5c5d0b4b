"""What an installation consists of, where its control plane is outside of the cluster."""

from __future__ import annotations

import pytest

from meshctl.charts.installation import resolve
from meshctl.install.desired import desired

VALIDATOR = "istiod-default-validator"
TAG = "istio-revision-tag-default"


@pytest.mark.parametrize(
    ("settings", "webhooks"),
    [
        ([], {"istio-sidecar-injector"}),
        (["values.global.remotePilotAddress=192.0.2.1"], {"istio-sidecar-injector", TAG, VALIDATOR}),
        # Injectors may be called by an address, for which there is no Service that could validate.
        (["values.istiodRemote.injectionURL=https://mesh.example.com/inject"], {"istio-sidecar-injector", TAG}),
    ],
)
def test_webhooks_of_the_default_revision_have_somebody_to_call(settings: list[str], webhooks: set[str]) -> None:
    found = desired(resolve(sets=["profile=remote", *settings]))
    assert {item.identity.name for item in found.objects if "webhooks" in item.data} == webhooks
