"""Whether the webhooks of a mesh can be called: a Service with pods, a fitting certificate, a way for the API server.

The certificate is looked at by a port-forward to the pod. Whether the API server reaches the webhooks, which a firewall
may prevent, only the API server can tell: it is asked to create a pod and a ServiceEntry that it does not keep.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from meshctl.install.identity import Object, labels, metadata
from meshctl.install.lingering import is_leaving
from meshctl.install.ownership import TAG
from meshctl.install.revisions import Revisions, client_config, is_deactivated
from meshctl.install.tags import overlaps
from meshctl.kube import ApiError, Cluster, ClusterError, ForbiddenError, NoSuchPodError, UntrustedError
from meshctl.kube.services import ready_pods, target_port
from meshctl.model.injectors import DEFAULT_REVISION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.membership import INJECTION, REVISION
from meshctl.verify.certificates import expiry, expiry_of
from meshctl.verify.checks import Check, good, off, unknown

TOPIC = "webhook"

_REMEDIES = (
    ("x509:", "its caBundle has to hold the CA of the control plane: for one outside, istiodRemote.injectionCABundle"),
    ("not found", "make the Service, or delete the webhook"),
    ("no endpoints available", "look at the pods of istiod"),
    ("", "look for a firewall or a NetworkPolicy between the API server and port 15017"),
)
"""What to do when the API server cannot call a webhook, by what it says of it."""

_HTTPS = 443
_NOT_CALLED = re.compile(r'failed calling webhook "([^"]*)"')
_OWN = ".istio.io"
"""What the names of the webhooks of a mesh end in."""

_LATER = ('admission webhook "', "violates PodSecurity", "exceeded quota", "failed quota")
"""What refusals say that come from webhooks, or from checks that follow them."""


def webhooks(cluster: Cluster, found: Revisions, revision: str, now: datetime) -> list[Check]:
    """A check for each webhook configuration of a revision and its tags, and one for each way of the API server."""
    own = [item for item in (*found.mutating, *found.validating) if labels(item).get(REVISION) == revision]
    if not own:
        return [unknown(TOPIC, f"revision {revision}", "it has no webhooks, so they must be managed elsewhere")]
    checks = cluster.each(lambda item: _judged(cluster, found, item, now), own)
    return [*checks, *_conflicts(found, own), *_reached(cluster, found, revision)]


def _conflicts(found: Revisions, own: Sequence[Object]) -> Iterator[Check]:
    """Webhooks of these configurations that are called for the same pods as others."""
    names = {metadata(item)["name"] for item in own}
    for message in overlaps(found.all_mutating):
        if message.resource is not None and message.resource.name in names:
            yield off(TOPIC, f"{message.resource.kind.name} {message.resource.name}", message.text, message.hint)


def _judged(cluster: Cluster, found: Revisions, item: Object, now: datetime) -> Check:
    subject = f"{item['kind']} {metadata(item)['name']}"
    if item.get("webhooks") and is_deactivated(item):
        if found.of_tag(found.mutating, DEFAULT_REVISION):
            return good(TOPIC, subject, "it is switched off, as a tag takes its place")
        return off(
            TOPIC,
            subject,
            "it is switched off and no tag takes its place, so pods of namespaces without a revision get no sidecars",
            f"`meshctl tag set default -r {labels(item).get(REVISION)}`, or an installation, lets them be injected",
        )
    client = client_config(item)
    service = client.get("service")
    if not service:
        return unknown(TOPIC, subject, f"it calls {client.get('url')}, which is outside of the cluster")
    try:
        return _called(cluster, found, subject, item, service, now)
    except ForbiddenError as error:
        return unknown(TOPIC, subject, error.message)
    except ClusterError as error:
        return unknown(TOPIC, subject, error.message, error.hint)


def _called(
    cluster: Cluster, found: Revisions, subject: str, item: Object, client: Mapping[str, Any], now: datetime
) -> Check:
    name, namespace = str(client.get("name")), str(client.get("namespace"))
    service = _service(cluster, found, namespace, name)
    if service is None:
        return off(
            TOPIC,
            subject,
            f"it calls Service {namespace}/{name}, which does not exist, so {_consequence(item)}",
            "install the revision again, or delete the webhook",
        )
    if not (service.get("spec") or {}).get("selector"):
        # The API server's own call, which is tried too, judges the way and the certificate.
        return good(TOPIC, subject, f"Service {namespace}/{name} leads out of the cluster")
    pods = ready_pods(cluster, service)
    bundles = {(entry.get("clientConfig") or {}).get("caBundle") or "" for entry in item.get("webhooks") or ()}
    if pods and "" in bundles:
        return off(
            TOPIC, subject, "it has no caBundle, so the API server trusts nobody", "istiod fills it in: see its log"
        )
    port = int(client.get("port") or _HTTPS)
    host = f"{name}.{namespace}.svc"
    ends = []
    for bundle in sorted(bundles):
        for pod in pods:
            try:
                ends.append(_certificate_end(cluster, pod, target_port(service, pod, port), host, bundle, now))
            except UntrustedError as error:
                return off(TOPIC, subject, error.message, "restart istiod, which puts its CA into the webhooks")
            except NoSuchPodError:
                continue  # an old pod that a roll-out has just taken away
    if not ends:
        return off(TOPIC, subject, f"no pod of Service {namespace}/{name} is ready", "look at the pods of istiod")
    return good(TOPIC, subject, f"its certificate is good for {host} until {min(ends):%Y-%m-%d}")


def _consequence(item: Object) -> str:
    """What it means that nobody answers the calls of webhooks."""
    policies = {str(webhook.get("failurePolicy", "Fail")) for webhook in item.get("webhooks") or ()}
    return "requests are refused" if "Fail" in policies else "nothing is checked"


def _service(cluster: Cluster, found: Revisions, namespace: str, name: str) -> Object | None:
    for item in found.services:
        if metadata(item).get("name") == name and metadata(item).get("namespace") == namespace:
            return item
    return cluster.get(cluster.type_of({"apiVersion": "v1", "kind": SERVICE.name}), name, namespace)


def _certificate_end(cluster: Cluster, pod: Object, port: int, host: str, bundle: str, now: datetime) -> datetime:
    """When the certificate ends that a pod shows; raises `UntrustedError` when the API server would not accept it."""
    names = metadata(pod)
    try:
        authorities = base64.b64decode(bundle, validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise UntrustedError("its caBundle is no base64 text of certificates") from error
    if any(end < now for end in expiry(authorities)):
        raise UntrustedError("a certificate in its caBundle has expired")
    with cluster.pod_http(str(names["namespace"]), str(names["name"]), port) as open_port:
        return expiry_of(open_port.certificate(host, authorities))


def _reached(cluster: Cluster, found: Revisions, revision: str) -> Iterator[Check]:
    """Whether the API server gets to the webhooks, by pods and ServiceEntries that it is to check but not to keep.

    A revision answers to its own name in the label `istio.io/rev` and to its tags; the tag `default` also validates
    what has no such label.
    """
    namespace = _plain_namespace(found)
    for name in dict.fromkeys(_names(found.mutating, revision)):
        subject = f"injection by {REVISION}={name}"
        if found.unlisted is not None:
            yield unknown(TOPIC, subject, "the user may not list namespaces, so it is unknown where a pod can be tried")
        elif namespace is None:
            yield unknown(TOPIC, subject, "every namespace has labels for injection, so no pod can be tried")
        else:
            yield _tried(cluster, subject, _pod(namespace, name))
    for name in dict.fromkeys(_names(found.validating, revision)):
        if name == DEFAULT_REVISION and found.of_tag(found.validating, name):
            yield _tried(cluster, "validation without a revision", _service_entry(found.namespace, ""))
        if name == revision and found.of_revision(found.validating, name):
            yield _tried(cluster, f"validation by {REVISION}={name}", _service_entry(found.namespace, name))


def _names(configurations: Sequence[Object], revision: str) -> Iterator[str]:
    """The names by which a revision is asked for, as far as webhooks listen to them."""
    for item in configurations:
        if labels(item).get(REVISION) == revision and not is_deactivated(item):
            yield str(labels(item).get(TAG, revision))


def _plain_namespace(found: Revisions) -> str | None:
    """A namespace without labels for injection, where a label of the pod decides; the control plane's comes first."""
    plain = [
        str(metadata(item).get("name"))
        for item in found.namespaces
        if not {INJECTION, REVISION} & set(labels(item))
        and not str(metadata(item).get("name")).startswith("kube-")
        and not is_leaving(item)
    ]
    return min(plain, key=lambda name: (name != found.namespace, name != "default", name), default=None)


def _tried(cluster: Cluster, subject: str, item: Object) -> Check:
    try:
        cluster.create(item, dry_run=True)
    except ApiError as error:
        uncalled = _NOT_CALLED.search(error.message)
        if uncalled and uncalled[1].endswith(_OWN):
            return off(
                TOPIC,
                subject,
                f"the API server cannot call it: {error.message}",
                next(hint for sign, hint in _REMEDIES if sign in error.message),
            )
        if not any(text in error.message for text in _LATER):
            return unknown(TOPIC, subject, error.message)
    except ClusterError as error:
        return unknown(TOPIC, subject, error.message)
    return good(TOPIC, subject, "the API server calls it")


def _pod(namespace: str, revision: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "meshctl-verify-", "namespace": namespace, "labels": {REVISION: revision}},
        "spec": {"containers": [{"name": "none", "image": "none"}]},
    }


def _service_entry(namespace: str, revision: str) -> Object:
    names: dict[str, Any] = {"generateName": "meshctl-verify-", "namespace": namespace}
    if revision:
        names["labels"] = {REVISION: revision}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": names,
        "spec": {
            "hosts": ["verify.meshctl.invalid"],
            "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}],
            "location": "MESH_EXTERNAL",
            "resolution": "DNS",
        },
    }
