"""Descriptions out of a live cluster: the objects, and the config dumps of the proxies through port-forwards.

Only the pod or service itself must be readable. What else cannot be read is noted, and the rest is described.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from meshctl.diagnose.describe import ingress
from meshctl.diagnose.describe.describing import Surroundings
from meshctl.diagnose.describe.ingress import IngressPod
from meshctl.diagnose.describe.pod import has_sidecar, is_running, revision
from meshctl.diagnose.describe.proxy import Proxy
from meshctl.diagnose.describe.services import services_of
from meshctl.diagnose.live import as_resource, live
from meshctl.errors import UnreadableError
from meshctl.kube import Cluster, ClusterError
from meshctl.kube.pods import selected
from meshctl.model.gateway_pods import selector
from meshctl.model.kind import Kind
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.destination_rule import DESTINATION_RULE
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.resource import Resource
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload, workload
from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.errors import DumpError
from meshctl.sources.cluster import read_cluster

INGRESS = {"istio": "ingressgateway"}
"""The labels of the ingress gateway that Istio installs."""

_KINDS: tuple[Kind, ...] = (
    DESTINATION_RULE,
    VIRTUAL_SERVICE,
    GATEWAY,
    PEER_AUTHENTICATION,
    AUTHORIZATION_POLICY,
    REQUEST_AUTHENTICATION,
    CONFIG_MAP,
)
_REPLICA = "pod-template-hash"

T = TypeVar("T")


def read_pod(cluster: Cluster, target: str, namespace: str) -> Workload:
    """The pod of a target: `[TYPE/]NAME[.NAMESPACE]`. Raises `UnreadableError`."""
    from meshctl.kube.pods import pod_of

    try:
        named = pod_of(cluster, target, namespace)
        # Names of pods may hold dots; then what looks like a namespace is none.
        whole = [] if "/" in target else [(target, namespace)]
        found = _object(cluster, POD, [(named.name, named.namespace), *whole])
    except ClusterError as error:
        raise UnreadableError(f"pod {target} cannot be read: {error.message}", hint=error.hint) from error
    if found is None:
        raise UnreadableError(
            f"there is no pod {named.name} in namespace {named.namespace}", hint=_hint("pods", named.namespace)
        )
    return _workload(found)


def read_service(cluster: Cluster, target: str, namespace: str) -> tuple[Resource, Sequence[Workload]]:
    """The service of a target, and its pods, the one to ask first. Raises `UnreadableError`."""
    name, dot, where = target.rpartition("/")[2].rpartition(".")
    places = [(name, where)] if dot else []
    try:
        found = _object(cluster, SERVICE, [*places, (target.rpartition("/")[2], namespace)])
        if found is None:
            name, where = places[0] if places else (target, namespace)
            raise UnreadableError(f"there is no service {name} in namespace {where}", hint=_hint("services", where))
        labels = selector_text(found.spec["selector"].mapping)
        order = [pod.name for pod in selected(cluster, found.namespace, labels)] if labels else []
        pods = {pod.name: pod for pod in live(cluster, POD, found.namespace, labels=labels)} if labels else {}
    except ClusterError as error:
        raise UnreadableError(f"service {target} cannot be read: {error.message}", hint=error.hint) from error
    return found, [_workload(pods[name]) for name in order if name in pods]


def _object(cluster: Cluster, kind: Kind, places: Iterable[tuple[str, str]]) -> Resource | None:
    type_ = cluster.resource_types.find(kind.group, kind.name)
    for name, namespace in places:
        found = cluster.get(type_, name, namespace) if type_ is not None else None
        if found is not None:
            return as_resource(kind, found)
    return None


def _hint(kind: str, namespace: str) -> str:
    return f"kubectl get {kind} -n {namespace} lists them"


def _workload(resource: Resource) -> Workload:
    found = workload(resource)
    assert found is not None, "a pod is a workload"
    return found


class Reader:
    """Reads what is around pods, several things at once."""

    def __init__(self, cluster: Cluster, istio_namespace: str, admin_port: int) -> None:
        self._cluster = cluster
        self._istio_namespace = istio_namespace
        self._admin_port = admin_port
        self._notes: set[str] = set()
        self._unread: set[Kind] = set()

    def surroundings(self, namespace: str, pods: Sequence[Workload], service: Resource | None = None) -> Surroundings:
        """What is around the pods of a namespace, the first of which is asked for its configuration."""
        good = next((pod for pod in pods if has_sidecar(Snapshot(()), pod) and is_running(pod)), None)
        own_revision = revision(good.annotations) if good is not None else ""
        settings, services, gateways, proxy = self._together(
            [
                lambda: self._settings(namespace, own_revision),
                lambda: self._services(namespace),
                self._ingress_pods,
                lambda: self._proxy(good),
            ]
        )
        if service is not None:
            services = [one for one in services if one.name != service.name] + [service]
        known = [*settings, *services, *(pod.resource for pod in pods)]
        found, whole = gateways
        mesh = self._mesh(known)
        asked = [service] if service is not None else [one for pod in pods for one in services_of(mesh, pod)]
        found = self._one_of_replicas([*found, *self._pods_of_gateways(mesh, asked)])
        proxies = self._cluster.each(self._proxy, found)
        other = sorted({pod.namespace for pod in found} - {namespace})
        known += [one for services in self._cluster.each(self._services, other) for one in services]
        return Surroundings(
            self._mesh([*known, *(pod.resource for pod in found)]),
            {good.resource: proxy} if good is not None and proxy is not None else {},
            [IngressPod(pod, own) for pod, own in zip(found, proxies, strict=True)],
            whole,
            tuple(sorted(self._notes)),
        )

    def _together(self, tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        return self._cluster.each(lambda task: task(), tasks)

    def _try(self, what: str, task: Callable[[], T], otherwise: T) -> T:
        """What a task gives; what cannot be read is noted."""
        try:
            return task()
        except (ClusterError, DumpError) as error:
            self._notes.add(f"{what} cannot be read: {error.message}")
            return otherwise

    def _mesh(self, resources: Iterable[Resource]) -> Snapshot:
        # Of objects that contradict each other, Istio takes the oldest.
        ordered = sorted(resources, key=lambda one: str(one.metadata.get("creationTimestamp") or ""))
        return Snapshot(ordered, strict=True, unread=self._unread)

    def _settings(self, namespace: str, own_revision: str) -> Sequence[Resource]:
        """The resources of Istio, and the settings of the mesh."""
        reading = self._try(
            "configuration of Istio",
            lambda: read_cluster(
                self._cluster,
                _KINDS,
                namespace=namespace,
                istio_namespace=self._istio_namespace,
                revision=own_revision,
            ),
            None,
        )
        if reading is None:
            self._unread |= set(_KINDS)
            return ()
        self._unread |= set(reading.unread)
        if reading.unread:
            kinds = ", ".join(sorted(kind.name for kind in reading.unread))
            self._notes.add(f"{kinds}: you may not read all of these, so some may be missing here")
        self._notes |= {str(message) for message in reading.messages if message.type.unreadable}
        return reading.resources

    def _services(self, namespace: str) -> Sequence[Resource]:
        what = f"services of namespace {namespace}"
        found = self._try(what, lambda: live(self._cluster, SERVICE, namespace), None)
        if found is None:
            self._unread.add(SERVICE)
        return found or ()

    def _ingress_pods(self) -> tuple[Sequence[Workload], bool]:
        """The running pods of the ingress gateway, and whether those of all namespaces could be read."""
        found = self._try("pods of ingress gateways", lambda: self._running(INGRESS), None)
        return (found, True) if found is not None else ((), False)

    def _pods_of_gateways(self, mesh: Snapshot, services: Iterable[Resource]) -> list[Workload]:
        """The running pods of further gateways that virtual services of a service name."""
        selectors = {selector_text(selector(gateway)): selector(gateway)
                     for service in services for gateway in ingress.named_gateways(mesh, service)}  # fmt: skip
        wanted = [labels for labels in selectors.values() if labels and labels != INGRESS]
        found = self._cluster.each(self._pods_of_gateway, wanted)
        return [pod for pods in found for pod in pods]

    def _pods_of_gateway(self, labels: Mapping[str, Any]) -> Sequence[Workload]:
        return self._try("pods of gateways", lambda: self._running(labels), ())

    def _running(self, labels: Mapping[str, Any]) -> Sequence[Workload]:
        found = live(self._cluster, POD, labels=selector_text(labels))
        pods = [_workload(one) for one in found]
        return [pod for pod in pods if pod.pod["status"]["phase"].text == "Running"]

    @staticmethod
    def _one_of_replicas(pods: Iterable[Workload]) -> list[Workload]:
        """One pod of those that are alike: they have one configuration."""
        found: dict[tuple[str, str], Workload] = {}
        for pod in pods:
            labels = {key: value for key, value in pod.labels.items() if key != _REPLICA}
            found.setdefault((pod.namespace, selector_text(labels)), pod)
        return list(found.values())

    def _proxy(self, pod: Workload | None) -> Proxy | None:
        """What the proxy of a pod is configured with."""
        if pod is None:
            return None
        http = self._cluster.pod_http(pod.namespace, pod.resource.name, self._admin_port)
        return self._try(
            f"configuration of the proxy of pod {pod.resource.name}.{pod.namespace}",
            lambda: Proxy(read(http.get("/config_dump"))),
            None,
        )
