"""Applications that run as the user of the sidecar."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import RESERVED_USER, Message
from meshctl.model.membership import PROXY_CONTAINER, is_control_plane
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, Workload, workload

PROXY_USER = 1337
"""The user of the sidecar: what it sends is not captured again."""

_ISTIO_CONTAINERS = frozenset({PROXY_CONTAINER, "istio-operator", "istio-init", "istio-validation"})


@analyzer("applicationUID.Analyzer", inputs=WORKLOAD_KINDS, emits={RESERVED_USER})
def application_uid(mesh: Snapshot) -> Iterator[Message]:
    """Checks that applications do not run as user 1337, which is that of the sidecar."""
    for kind in WORKLOAD_KINDS:
        for resource in mesh[kind]:
            pod = workload(resource)
            if pod is not None and not is_control_plane(resource):
                yield from _check(pod)


def _check(pod: Workload) -> Iterator[Message]:
    own = [found for found in pod.containers(init=True) if found["name"].text not in _ISTIO_CONTAINERS]
    user = pod.spec["securityContext"]["runAsUser"]
    if own and user.number == PROXY_USER:
        yield RESERVED_USER.at(user)
    for container in own:
        user = container["securityContext"]["runAsUser"]
        if user.number == PROXY_USER:
            yield RESERVED_USER.at(user)
