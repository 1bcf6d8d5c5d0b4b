"""Credentials of gateways: secrets that do not exist, or hold nothing to serve with."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import BAD_CREDENTIAL, NOT_FOUND, Message
from meshctl.model.gateway_pods import gateway_pods, selector
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.secret import SECRET
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.tls_secrets import has_authorities, problem
from meshctl.model.workloads import WORKLOAD_KINDS

_ISSUED = "cert-manager.io/"
_SCHEME = "kubernetes://"
_CHECK_CLIENTS = ("MUTUAL", "OPTIONAL_MUTUAL")


@analyzer(
    "gateway.SecretAnalyzer",
    inputs={GATEWAY, KUBERNETES_GATEWAY, SECRET, *WORKLOAD_KINDS},
    emits={NOT_FOUND, BAD_CREDENTIAL},
)
def secret(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the secrets with the certificates of gateways exist and can be used."""
    # Proxies read secrets in their own namespace. Where pods of several namespaces match, one of them is enough.
    places = {text: list(dict.fromkeys(pod.namespace for pod in pods)) for text, pods in gateway_pods(mesh).items()}
    for gateway in mesh[GATEWAY]:
        namespaces = places[selector_text(selector(gateway))]
        if not namespaces:
            continue  # gateway.IngressGatewayPortAnalyzer says so
        for server in gateway.spec["servers"]:
            tls = server["tls"]
            for name in (tls["credentialName"], *tls["credentialNames"]):
                if name.text:
                    yield from _check(mesh, name, namespaces, clients=tls)
            authorities = tls["caCertCredentialName"]
            if authorities.text and not _find(mesh, authorities.text, namespaces):
                yield _missing(authorities, authorities.text, namespaces[0])
    for gateway in mesh[KUBERNETES_GATEWAY]:
        for listener in gateway.spec["listeners"]:
            for reference in listener["tls"]["certificateRefs"]:
                if reference["kind"].text in ("", "Secret") and not reference["group"].text:
                    namespace = reference["namespace"].text or gateway.namespace
                    yield from _check(mesh, reference["name"], [namespace])


def _missing(name: Field, text: str, namespace: str) -> Message:
    hint = f"create the secret in namespace {namespace}, where the pods of the gateway read it"
    # A controller makes the secret in the cluster.
    made = any(key.startswith(_ISSUED) for key in name.resource.annotations)
    return NOT_FOUND.at(name, needs=(SECRET,), proven=not made, reftype="credentialName", refval=text, hint=hint)


def _find(mesh: Snapshot, name: str, namespaces: list[str]) -> list[Resource]:
    """The secrets that a credential name stands for, in the first of these namespaces that has one first."""
    name = name.removeprefix(_SCHEME)
    namespace, slash, own_name = name.partition("/")
    places = [(namespace, own_name)] if slash else [(namespace, name) for namespace in namespaces]
    return [found for place in places if (found := mesh.find(SECRET, *place)) is not None]


def _check(mesh: Snapshot, name: Field, namespaces: list[str], clients: Field | None = None) -> Iterator[Message]:
    if "://" in name.text and not name.text.startswith(_SCHEME):
        return  # from another place than a secret
    secrets = _find(mesh, name.text, namespaces)
    if not secrets:
        yield _missing(name, name.text, namespaces[0])
        return
    problems = [problem(found) for found in secrets]
    wrong = problems[0] if all(problems) else ""
    if not wrong and clients is not None and clients["mode"].text in _CHECK_CLIENTS:
        given = any(clients[key].text for key in ("caCertificates", "caCertCredentialName"))
        if not given and not any(has_authorities(found) for found in secrets):
            extra = f"{name.text.removesuffix('-cacert')}-cacert"
            if not any(has_authorities(found) for found in _find(mesh, extra, namespaces)):
                wrong = (
                    f"mode {clients['mode'].text} needs authorities to check clients with, in ca.crt or secret {extra}"
                )
    if wrong:
        found = secrets[0]
        yield BAD_CREDENTIAL.at(
            name,
            related=[found.at("metadata", "name")],
            gateway=name.resource.full_name,
            namespace=found.namespace,
            problem=wrong,
        )
