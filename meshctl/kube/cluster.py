"""A cluster as the rest of meshctl sees it: objects are plain mappings, as in documents."""

from __future__ import annotations

import copy
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeVar

from meshctl.kube.connection import Settings, connection
from meshctl.kube.deadline import Deadline
from meshctl.kube.discovery import ACCEPT, ResourceType, ResourceTypes
from meshctl.kube.errors import ApiError, ClusterError
from meshctl.kube.port_forward import PodHttp
from meshctl.kube.transport import Transport

_PAGE = 500
_WORKERS = 16
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
_TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
_APPLY = "application/apply-patch+yaml"

T = TypeVar("T")
R = TypeVar("R")
Object = Mapping[str, Any]


def connect(settings: Settings, deadline: Deadline | None = None) -> Cluster:
    """The cluster that the settings name, not yet asked for anything; raises `KubeconfigError`."""
    return Cluster(Transport(connection(settings), deadline or Deadline(), settings.request_timeout))


class Cluster:
    """An API server. Every method raises a `ClusterError` when the server refuses, is not reached or is too slow.

    Methods may be called by several threads at once.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def within(self, seconds: float | None) -> Cluster:
        """The same cluster with a limit of time that begins now."""
        found = Cluster(self.transport.within(Deadline(seconds, self.deadline.flag)))
        if "resource_types" in self.__dict__:
            found.__dict__["resource_types"] = self.resource_types
        return found

    def close(self) -> None:
        """Gives the connections back."""
        self.transport.close()

    @property
    def name(self) -> str:
        """What the user calls the cluster: its context, or the address of its server."""
        return self.transport.connection.context or self.transport.connection.server

    @property
    def namespace(self) -> str:
        """The namespace of the context."""
        return self.transport.connection.namespace

    @property
    def deadline(self) -> Deadline:
        """The end of the time for all requests together."""
        return self.transport.deadline

    @cached_property
    def server_version(self) -> Mapping[str, str]:
        """What `/version` says: `major`, `minor`, `gitVersion`."""
        found = self.transport.send("GET", "/version")
        return found if isinstance(found, dict) else {}

    @cached_property
    def resource_types(self) -> ResourceTypes:
        """The kinds that the server serves, asked for once; `forget_resource_types` after a CRD was made."""
        return ResourceTypes(self.each(lambda path: self.transport.send("GET", path, accept=ACCEPT), ("/api", "/apis")))

    def forget_resource_types(self) -> None:
        """Makes the next look at `resource_types` ask again."""
        self.__dict__.pop("resource_types", None)

    def type_of(self, item: Object) -> ResourceType:
        """Where an object lies; raises `ApiError` (404) for a kind that the server does not serve."""
        group, _, version = str(item.get("apiVersion", "")).rpartition("/")
        kind = str(item.get("kind", ""))
        found = self.resource_types.find(group, kind, version)
        if found is None:
            raise ApiError(404, "", f"the cluster serves no {kind} of {item.get('apiVersion')}")
        return found

    def objects(
        self,
        type_: ResourceType,
        namespace: str = "",
        *,
        labels: str = "",
        fields: str = "",
        metadata_only: bool = False,
    ) -> Sequence[dict[str, Any]]:
        """All objects of a kind, page by page; each with `apiVersion` and `kind`, which lists leave out.

        `labels` and `fields` are selectors; with `metadata_only` the objects have nothing but their metadata.
        """
        query: dict[str, str | int] = {"limit": _PAGE}
        query |= {key: text for key, text in (("labelSelector", labels), ("fieldSelector", fields)) if text}
        found: list[dict[str, Any]] = []
        while True:
            try:
                page = self.transport.send(
                    "GET", type_.path(namespace), query=query, accept=_METADATA if metadata_only else "application/json"
                )
            except ApiError as error:
                if error.status != 410 or "limit" not in query:
                    raise
                # The pages that were read belong to a state that the server has forgotten: read all at once.
                found = []
                query = {key: value for key, value in query.items() if key not in ("limit", "continue")}
                continue
            for item in page.get("items") or ():
                item["apiVersion"], item["kind"] = type_.api_version, type_.kind
                found.append(item)
            more = (page.get("metadata") or {}).get("continue")
            if not more:
                return found
            query["continue"] = more

    def objects_if_served(
        self, type_: ResourceType, namespace: str = "", *, labels: str = "", metadata_only: bool = False
    ) -> Sequence[dict[str, Any]]:
        """The objects of a kind as `objects` gives them; none when its definition has been deleted meanwhile."""
        try:
            return self.objects(type_, namespace, labels=labels, metadata_only=metadata_only)
        except ApiError as error:
            if error.status == 404:
                return []
            raise

    def rows(self, type_: ResourceType, namespace: str = "", *, labels: str = "") -> list[dict[str, str]]:
        """The rows that `kubectl get` shows, cells by title: all names in one small answer."""
        query = {"includeObject": "None"} | ({"labelSelector": labels} if labels else {})
        answer = self.transport.send("GET", type_.path(namespace), query=query, accept=_TABLE)
        titles = [column.get("name", "") for column in answer.get("columnDefinitions") or ()]
        return [dict(zip(titles, map(str, row.get("cells") or ()), strict=False)) for row in answer.get("rows") or ()]

    def count(self, type_: ResourceType) -> int:
        """How many objects there are of a kind, without reading them."""
        page = self.transport.send("GET", type_.path(), query={"limit": 1}, accept=_METADATA)
        more = (page.get("metadata") or {}).get("remainingItemCount")
        return len(page.get("items") or ()) + int(more or 0)

    def get(self, type_: ResourceType, name: str, namespace: str = "") -> dict[str, Any] | None:
        """An object; None if there is none of that name."""
        try:
            found = self.transport.send("GET", type_.path(namespace, name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return found if isinstance(found, dict) else None

    def apply(self, item: Object, manager: str, *, force: bool = False, dry_run: bool = False) -> dict[str, Any]:
        """Server-side apply of an object by a field manager; the object as it is then.

        Raises `ConflictError` with the fields that others own, unless `force` takes them over.
        """
        metadata = item["metadata"]
        found: dict[str, Any] = self.transport.send(
            "PATCH",
            self.type_of(item).path(metadata.get("namespace", ""), metadata["name"]),
            query={"fieldManager": manager, "force": str(force).lower(), **({"dryRun": "All"} if dry_run else {})},
            body=item,
            content_type=_APPLY,
        )
        return found

    def create(
        self, item: Object, *, namespace: str = "", dry_run: bool = False, again: bool = False
    ) -> dict[str, Any]:
        """Makes an object, or asks a question of the kind that one asks by making an object (`SubjectAccessReview`).

        With `again` it may be sent twice when the first answer got lost: questions, and what may be there already.
        """
        namespace = namespace or (item.get("metadata") or {}).get("namespace", "")
        found: dict[str, Any] = self.transport.send(
            "POST",
            self.type_of(item).path(namespace),
            query={"dryRun": "All"} if dry_run else None,
            body=item,
            again=again or dry_run,
        )
        return found

    def patch(
        self,
        type_: ResourceType,
        name: str,
        namespace: str,
        change: Any,
        *,
        content_type: str,
        manager: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Changes an object by a JSON patch or a merge patch, as `content_type` says."""
        query = ({"fieldManager": manager} if manager else {}) | ({"dryRun": "All"} if dry_run else {})
        found: dict[str, Any] = self.transport.send(
            "PATCH", type_.path(namespace, name), query=query, body=change, content_type=content_type
        )
        return found

    def replace(self, item: Object, *, dry_run: bool = False) -> dict[str, Any]:
        """Puts an object in the place of the one that has its name; the object as it is then."""
        metadata = item["metadata"]
        found: dict[str, Any] = self.transport.send(
            "PUT",
            self.type_of(item).path(metadata.get("namespace", ""), metadata["name"]),
            query={"dryRun": "All"} if dry_run else None,
            body=item,
        )
        return found

    def delete(
        self,
        type_: ResourceType,
        name: str,
        namespace: str = "",
        *,
        dry_run: bool = False,
        uid: str = "",
        propagation: str = "Foreground",
    ) -> bool:
        """Deletes an object once what it owns is gone, or at once (`Background`); False if there was none.

        With `uid`, only the very object that had it: one that was made anew under the name stays.
        """
        body: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        if dry_run:
            body["dryRun"] = ["All"]
        if uid:
            body["preconditions"] = {"uid": uid}
        try:
            self.transport.send("DELETE", type_.path(namespace, name), body=body)
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    def token(self, account: str, namespace: str, audience: str, seconds: int = 3600) -> str:
        """A new token of a service account, good for one audience and a limited time."""
        found = self.transport.send(
            "POST",
            f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token",
            body={
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenRequest",
                "spec": {"audiences": [audience], "expirationSeconds": seconds},
            },
        )
        return str((found.get("status") or {}).get("token") or "")

    def each(self, task: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Does the same for several things at once; the answers in their order, or the first error."""
        work = list(items)
        if len(work) < 2:
            return [task(item) for item in work]
        with ThreadPoolExecutor(min(_WORKERS, len(work))) as pool:
            try:
                return list(pool.map(task, work))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def objects_each(
        self, types: Iterable[ResourceType], namespace: str = "", *, labels: str = "", metadata_only: bool = False
    ) -> Iterator[tuple[ResourceType, Sequence[dict[str, Any]] | ClusterError]]:
        """The objects of several kinds, read at once; a refusal (as of a forbidden kind) stands in their place."""

        def read(type_: ResourceType) -> Sequence[dict[str, Any]] | ClusterError:
            try:
                return self.objects(type_, namespace, labels=labels, metadata_only=metadata_only)
            except ApiError as error:
                return error

        wanted = list(types)
        yield from zip(wanted, self.each(read, wanted), strict=True)

    def pod_http(
        self, namespace: str, pod: str, port: int, *, tls: tuple[ssl.SSLContext, str] | None = None
    ) -> PodHttp:
        """HTTP to a port of a pod, through the API server; over TLS with a context and the name of the server."""
        return PodHttp(self.transport, namespace, pod, port, tls)


def without_noise(item: Object) -> dict[str, Any]:
    """An object without what the server keeps for itself: managed fields, versions, times, status."""
    found = copy.deepcopy(dict(item))
    found.pop("status", None)
    metadata = found.get("metadata")
    if isinstance(metadata, dict):
        for key in ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"):
            metadata.pop(key, None)
    return found
