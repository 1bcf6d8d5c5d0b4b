"""Messages: what meshctl has to say about a resource, and the table of all codes.

Codes `IST0000` are Istio's, with its names and levels; `MESH0000` are ours, grouped by area:

    MESH00xx documents    MESH01xx structure    MESH02xx traffic    MESH03xx security    MESH04xx telemetry
    MESH05xx Gateway API  MESH06xx installation

A code is never used again for another meaning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from meshctl.model.kind import Kind
from meshctl.model.resource import Field, FieldPath, Resource, Source, Span


class Level(IntEnum):
    """How bad a message is; the smaller, the worse, as Istio orders them."""

    ERROR = 0
    WARNING = 1
    INFO = 2

    def __str__(self) -> str:
        return self.name.capitalize()

    @classmethod
    def parse(cls, text: str) -> Level | None:
        """The level of that name in any case; None for another text."""
        return cls.__members__.get(text.upper())


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a file where no resource could be read; `source` gives the text around it, where there is one."""

    span: Span
    source: Source | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MessageType:
    """What a code stands for. `template` and `hint` are format strings over the arguments of a message.

    `unreadable` types say that input was lost: they decide the exit code 65 instead of counting as findings.
    """

    code: str
    name: str
    level: Level
    template: str
    hint: str = ""
    unreadable: bool = False

    def at(
        self,
        field: Field,
        /,
        *,
        key: bool = False,
        related: Iterable[Field] = (),
        needs: Iterable[Kind] = (),
        proven: bool = True,
        **args: Any,
    ) -> Message:
        """A message about a field; `key` points at its name instead of its value."""
        return Message(self, args, field.resource, field.path, key, tuple(related), frozenset(needs), None, proven)

    def on(
        self,
        resource: Resource,
        /,
        *,
        related: Iterable[Field] = (),
        needs: Iterable[Kind] = (),
        proven: bool = True,
        **args: Any,
    ) -> Message:
        """A message about a resource as a whole; it points at the name."""
        path = ("metadata", "name")
        return Message(self, args, resource, path, False, tuple(related), frozenset(needs), None, proven)

    def in_file(self, place: Place, /, **args: Any) -> Message:
        """A message about a place in a file that is no part of a resource."""
        return Message(self, args, None, (), False, (), frozenset(), place)

    def alone(self, **args: Any) -> Message:
        """A message about the input as a whole."""
        return Message(self, args, None)


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One diagnostic: a type, its arguments, and the field that it is about.

    `needs` are the kinds that could have satisfied a reference: when the input holds none of them, nothing can be said
    about it, and the message is withheld unless the input is known to be complete. So it is when it is not `proven`,
    as the input holds such kinds, but none of the resources that matter.
    """

    type: MessageType
    args: dict[str, Any]
    resource: Resource | None
    path: FieldPath = ()
    at_key: bool = False
    related: tuple[Field, ...] = ()
    needs: frozenset[Kind] = frozenset()
    place: Place | None = None
    proven: bool = True

    @property
    def code(self) -> str:
        """The code, as `IST0101`."""
        return self.type.code

    @property
    def level(self) -> Level:
        """The level of its type."""
        return self.type.level

    @property
    def text(self) -> str:
        """What it says."""
        return self.type.template.format_map(_Arguments(self.args))

    @property
    def hint(self) -> str:
        """What to do about it; may be empty."""
        own = self.args.get("hint")
        return str(own) if own else self.type.hint.format_map(_Arguments(self.args))

    @property
    def span(self) -> Span | None:
        """Where; None for a resource that came from a cluster."""
        if self.place is not None:
            return self.place.span
        if self.resource is None:
            return None
        return self.resource.key_span(self.path) if self.at_key else self.resource.span(self.path)

    @property
    def origin(self) -> str:
        """The resource as `Kind namespace/name`, the way suppressions and reports name it; empty without one."""
        return repr(self.resource) if self.resource is not None else ""

    @property
    def reference(self) -> str:
        """`FILE:LINE`; empty for a resource from a cluster."""
        span = self.span
        return f"{span.file}:{span.line}" if span else ""

    def __str__(self) -> str:
        where = " ".join(part for part in (self.origin, self.reference) if part)
        return f"{self.level} [{self.code}] " + (f"({where}) " if where else "") + self.text


class _Arguments(dict[str, Any]):
    """Arguments as message texts show them: lists joined with commas."""

    def __getitem__(self, key: str) -> Any:
        value = dict.__getitem__(self, key)
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


_TYPES: dict[str, MessageType] = {}


def _define(
    code: str, name: str, level: Level, template: str, hint: str = "", *, unreadable: bool = False
) -> MessageType:
    if code in _TYPES:
        raise ValueError(f"two message types have the code {code}")
    found = _TYPES[code] = MessageType(code, name, level, template, hint, unreadable)
    return found


def message_type(code: str) -> MessageType | None:
    """The type of a code; None for an unknown one."""
    return _TYPES.get(code)


def message_types() -> tuple[MessageType, ...]:
    """Every type, by code."""
    return tuple(_TYPES[code] for code in sorted(_TYPES))


_E, _W, _I = Level.ERROR, Level.WARNING, Level.INFO

# Documents

SYNTAX = _define("MESH0001", "SyntaxError", _E, "{problem}", unreadable=True)
NOT_A_RESOURCE = _define(
    "MESH0002",
    "NotAResource",
    _E,
    "this document is no Kubernetes object: {problem}",
    "every object has an apiVersion and a kind; leave files of other programs out, or say --ignore-unknown",
    unreadable=True,
)
REPEATED_KEY = _define(
    "MESH0003",
    "RepeatedKey",
    _E,
    'the key "{key}" stands here for a second time; it was first written in line {first_line}',
    "Kubernetes refuses this or silently drops the first value: keep one of the two",
)
IGNORED_TEXT = _define(
    "MESH0004",
    "IgnoredText",
    _W,
    "{problem}",
    "begin a new document with a line that holds only ---",
)
UNREADABLE_FILE = _define("MESH0005", "UnreadableFile", _E, "{problem}", unreadable=True)

# Structure

UNKNOWN_FIELD = _define("MESH0101", "UnknownField", _E, '{kind} has no field "{field}"')
UNKNOWN_KIND = _define("MESH0102", "UnknownKind", _E, 'the API group {group} has no kind "{kind}"')
UNKNOWN_VERSION = _define(
    "MESH0103",
    "UnknownVersion",
    _E,
    'Istio 1.31 does not know {kind} in version "{version}" of {group}',
    "use {known}",
)
FORBIDDEN_KIND = _define(
    "MESH0006",
    "ForbiddenKind",
    _W,
    "{kinds} of the cluster may not be read, so nothing that depends on them was judged",
    "let the user list them, as the role view does",
    unreadable=True,
)
SAME_OBJECT_TWICE = _define(
    "MESH0104",
    "SameObjectTwice",
    _E,
    "{kind} {object} is defined twice; the first definition is at {first}",
    "only the last one applied would stay: remove or rename one of them",
)
OVERLOOKED = _define(
    "MESH0108",
    "OverlookedWarning",
    _W,
    "{problem}",
    "Istio itself notices this and then loses the warning on the way",
)
INVALID = _define("IST0106", "SchemaValidationError", _E, "{problem}")
DOUBTFUL = _define("IST0133", "SchemaWarning", _W, "{problem}")
UNREACHABLE_RULE = _define(
    "IST0130",
    "VirtualServiceUnreachableRule",
    _W,
    "no request ever reaches route {rule}: {reason}",
    "order routes from the most specific to the most general, or remove this one",
)
INEFFECTIVE_MATCH = _define(
    "IST0131",
    "VirtualServiceIneffectiveMatch",
    _I,
    "match {match} of route {rule} never decides: match {other} of route {earlier} already takes all its requests",
    "remove the match, or move it in front of the wider one",
)
DEPRECATED = _define("IST0002", "Deprecated", _W, "{problem}")

# References

NOT_FOUND = _define("IST0101", "ReferencedResourceNotFound", _E, 'no {reftype} "{refval}" was found')
HOST_NOT_IN_GATEWAY = _define(
    "IST0132",
    "VirtualServiceHostNotFoundInGateway",
    _W,
    "no server of {gateway} has a host for {host}",
    "add the host to a server of the gateway, or bind the virtual service to the gateway that serves it",
)
INTERNAL_GATEWAY = _define(
    "IST0165",
    "ReferencedInternalGateway",
    _W,
    "gateway {gateway} is generated from a Gateway API resource and may change its name at any time",
    "attach an HTTPRoute to the Gateway API resource instead",
)
UNKNOWN_RULE_HOST = _define(
    "IST0174",
    "UnknownDestinationRuleHost",
    _W,
    'no service or service entry has the host "{host}", so this destination rule applies to nothing',
    "write the host as name, or as name.namespace.svc.cluster.local",
)
SUBSET_WITHOUT_PODS = _define(
    "IST0173",
    "DestinationRuleSubsetNotSelectPods",
    _E,
    'nothing behind {host} carries the labels of subset "{subset}"',
    "compare the labels with those in the pod templates of the service",
)
NO_MATCHING_WORKLOADS = _define(
    "IST0127",
    "NoMatchingWorkloadsFound",
    _W,
    "no workload in the mesh is selected here ({labels})",
    "compare the selector with the labels of the pods, and check that they are in the mesh",
)

# Namespaces, injection and annotations

NAMESPACE_NOT_INJECTED = _define(
    "IST0102",
    "NamespaceNotInjected",
    _I,
    "namespace {namespace} neither asks for sidecars nor opts out of them",
    "label it istio-injection=enabled, istio-injection=disabled, or istio.io/dataplane-mode=ambient",
)
POD_WITHOUT_PROXY = _define(
    "IST0103",
    "PodMissingProxy",
    _W,
    "pod {pod} has no sidecar although its namespace asks for one",
    'restart the workload so that its pods are injected, or opt it out with the label sidecar.istio.io/inject: "false"',
)
SEVERAL_INJECTION_LABELS = _define(
    "IST0123",
    "NamespaceMultipleInjectionLabels",
    _W,
    "the namespace has labels that contradict each other: {labels}",
    "keep one of them; istio-injection wins over istio.io/rev",
)
INJECTED_BY_DEFAULT = _define(
    "IST0148",
    "NamespaceInjectionEnabledByDefault",
    _I,
    "this namespace is injected without any label, because the installation enables namespaces by default",
)
IMAGE_AUTO_NOT_INJECTED = _define(
    "IST0146",
    "ImageAutoWithoutInjectionWarning",
    _W,
    "{kind} {name} leaves the image of its proxy to injection, but no webhook injects there",
    "label the namespace or the pod template for injection",
)
IMAGE_AUTO_LEFT = _define(
    "IST0147",
    "ImageAutoWithoutInjectionError",
    _E,
    "{kind} {name} still has the image auto: it was not injected and cannot start",
    "label the namespace or the pod for injection and create the pod again",
)
PROXY_IMAGES_DIFFER = _define(
    "IST0158",
    "PodsIstioProxyImageMismatchInNamespace",
    _W,
    "the sidecars of these pods have another image than {image}, which the injector would give them: {pods}",
    "restart their workloads after an upgrade",
)
MISPLACED_ANNOTATION = _define(
    "IST0107",
    "MisplacedAnnotation",
    _W,
    "annotation {annotation} has no effect on {found}; it belongs on {kinds}",
)
UNKNOWN_ANNOTATION = _define("IST0108", "UnknownAnnotation", _W, "Istio knows no annotation {annotation}")
INVALID_ANNOTATION = _define(
    "IST0125",
    "InvalidAnnotation",
    _W,
    "annotation {annotation} has a bad value: {problem}",
    "correct it: pods with this value are not injected",
)
DEPRECATED_ANNOTATION = _define("IST0135", "DeprecatedAnnotation", _I, 'annotation "{annotation}" is deprecated')
ALPHA_ANNOTATION = _define(
    "IST0136", "AlphaAnnotation", _I, 'annotation "{annotation}" belongs to an alpha feature and may change'
)
MISSING_LABELS = _define(
    "MESH0109",
    "WorkloadWithoutLabels",
    _I,
    "the pods have no label that tells their {what}, so telemetry has to guess it",
    "add one of the labels {names}",
)
UNKNOWN_LABEL = _define("MESH0105", "UnknownLabel", _W, "Istio knows no label {label}")
MISPLACED_LABEL = _define(
    "MESH0106",
    "MisplacedLabel",
    _W,
    "label {label} has no effect on this {kind}; it belongs on {kinds}",
    "move it there, or remove it",
)
INVALID_LABEL = _define(
    "MESH0107", "InvalidLabel", _W, 'label {label} has the value "{value}", which means nothing', "write {allowed}"
)

# Workloads and services

PORT_WITHOUT_PROTOCOL = _define(
    "IST0118",
    "PortNameIsNotUnderNamingConvention",
    _I,
    "the name of port {port} ({name}, target {target}) does not tell its protocol",
    "begin the name with the protocol (http-web, grpc-api, tcp-db), or set appProtocol",
)
EXTERNAL_NAME_PORT = _define(
    "IST0150",
    "ExternalNameServiceTypeInvalidPortName",
    _W,
    "a port of an ExternalName service needs a name that tells a protocol other than tcp",
    "without one its traffic may match every address: begin the name with http, https, tls or grpc",
)
MIXED_PROTOCOLS = _define(
    "IST0116",
    "DeploymentAssociatedToMultipleServices",
    _W,
    "services with different protocols send port {port} to deployment {deployment}: {services}",
    "let them agree on one protocol for the port",
)
CONFLICTING_TARGET_PORTS = _define(
    "IST0137",
    "DeploymentConflictingPorts",
    _W,
    'several ports ({ports}) of the services {services} lead to port "{target}" of deployment {deployment}',
    "a sidecar knows only one service for a port: give each its own target port",
)
RESERVED_USER = _define(
    "IST0144",
    "InvalidApplicationUID",
    _W,
    "the application runs as user 1337, whose traffic the sidecar does not see",
    "use another runAsUser",
)
NEGATIVE_CONDITION = _define(
    "IST0171", "NegativeConditionStatus", _W, "condition {condition} is {status} ({reason}): {message}"
)
CLUSTERS_DISAGREE = _define(
    "IST0170",
    "MultiClusterInconsistentService",
    _W,
    'service {service} of namespace "{namespace}" differs between the clusters {clusters}: {problem}',
)
WEBHOOK_FAULT = _define("IST0139", "InvalidWebhook", _E, "{problem}")
CONTROL_PLANE_UNUSABLE = _define(
    "IST0163",
    "InvalidExternalControlPlaneConfig",
    _W,
    'webhook {webhook} cannot reach the control plane at "{hostname}": {problem}',
)
CONTROL_PLANE_BY_IP = _define(
    "IST0164",
    "ExternalControlPlaneAddressIsNotAHostname",
    _I,
    'webhook {webhook} reaches the control plane at the IP address "{hostname}"',
    "use a host name that stays when the address changes",
)
OLD_CRD = _define(
    "IST0176",
    "GatewayAPICRDVersionBelowMinimum",
    _W,
    'CRD "{crd}" comes from Gateway API "{installed}"; Istio 1.31 needs "{minimum}" or later',
    "apply the newer CRDs of Gateway API",
)
UNKNOWN_REGISTRY = _define(
    "IST0126",
    "UnknownMeshNetworksServiceRegistry",
    _E,
    "network {network} takes endpoints from a registry that is not known: {registry}",
    "the name is that of a cluster in a secret with the label istio/multiCluster",
)
JWKS_UNRESTRICTED = _define(
    "IST0175",
    "JwksUriFetchUnrestricted",
    _W,
    "istiod fetches keys for {count} RequestAuthentication(s) from any address: {names}",
    "set BLOCKED_CIDRS_IN_JWKS_URIS of istiod to the ranges that it must not call",
)

# Gateways

GATEWAY_CONFLICT = _define(
    "IST0145",
    "ConflictingGateways",
    _E,
    "port {port} of the pods with {selector} serves {hosts} for {gateway} too",
    "give each host and port to one gateway only, or merge the servers",
)
SHARED_CERTIFICATE = _define(
    "IST0138",
    "GatewayDuplicateCertificate",
    _W,
    "{gateways} offer the same certificate: browsers reuse one connection for both, and requests go to the wrong one",
    "use one gateway for all hosts of a certificate, or a certificate for each gateway",
)
BAD_CREDENTIAL = _define(
    "IST0161",
    "InvalidGatewayCredential",
    _E,
    "the secret of gateway {gateway} in namespace {namespace} cannot be used: {problem}",
    "put a certificate that is valid today into tls.crt, and its key into tls.key",
)
PORT_NOT_ON_SERVICE = _define(
    "IST0162",
    "GatewayPortNotDefinedOnService",
    _W,
    "no service of the gateway pods ({selector}) has port {port}",
    "add the port to the service of the gateway, or give the server a port that the service has",
)

# Virtual services and destination rules

MESH_HOST_CONFLICT = _define(
    "IST0109",
    "ConflictingMeshGatewayVirtualServiceHosts",
    _E,
    "several virtual services define the routes of {host} for sidecars: {virtual_services}",
    "merge them into one, as only one of them takes effect; or bind them to different gateways or namespaces",
)
PORT_NEEDED = _define(
    "IST0112",
    "VirtualServiceDestinationPortSelectorRequired",
    _E,
    'host "{host}" has several ports ({ports}), and the destination names none',
    "add port.number to the destination",
)
SUBSET_IGNORED_AT_INGRESS = _define(
    "IST0140",
    "IngressRouteRulesNotAffected",
    _W,
    "requests through the gateway ignore the subsets that {subset_owner} routes {host} to: they go to all its pods",
    "name the subsets here too, or add the hosts of the gateway to the virtual service with the subsets",
)
CLAIM_WITHOUT_AUTHENTICATION = _define(
    "IST0149",
    "JwtClaimBasedRoutingWithoutRequestAuthN",
    _E,
    "the match on {claim} never succeeds: no RequestAuthentication reads tokens at gateway {gateway} (pod {pod})",
    "add a RequestAuthentication that selects the pods of the gateway, in their namespace or in the root namespace",
)
NO_CA = _define(
    "IST0128",
    "NoServerCertificateVerificationDestinationLevel",
    _W,
    "TLS to {host} (mode {mode}) names no authorities to check the server's certificate with",
    "set caCertificates: to a file with authorities, or to system for those of the proxy's image",
)
NO_CA_FOR_PORT = _define(
    "IST0129",
    "NoServerCertificateVerificationPortLevel",
    _W,
    "TLS to port {port} of {host} (mode {mode}) names no authorities to check the server's certificate with",
    "set caCertificates: to a file with authorities, or to system for those of the proxy's image",
)

# Envoy filters and service entries

RELATIVE_PATCH = _define(
    "IST0151",
    "EnvoyFilterUsesRelativeOperation",
    _W,
    "{operation} works on what other envoy filters leave behind, but nothing says which of them comes first",
    "set spec.priority, or use INSERT_FIRST or MERGE",
)
RELATIVE_PATCH_BY_VERSION = _define(
    "IST0155",
    "EnvoyFilterUsesRelativeOperationWithProxyVersion",
    _W,
    "{operation} works on what other envoy filters leave behind, and one of them does so for some proxy versions only",
    "set spec.priority, or use INSERT_FIRST or MERGE",
)
BAD_REPLACE = _define(
    "IST0152",
    "EnvoyFilterUsesReplaceOperationIncorrectly",
    _E,
    "REPLACE does nothing for {object}",
    "REPLACE works for HTTP_FILTER, NETWORK_FILTER and VIRTUAL_HOST; use MERGE for the others",
)
BAD_ADD = _define(
    "IST0153",
    "EnvoyFilterUsesAddOperationIncorrectly",
    _E,
    "ADD does nothing for {object}",
    "ADD has no effect on ROUTE_CONFIGURATION and HTTP_ROUTE; use MERGE, or INSERT_FIRST for routes",
)
BAD_REMOVE = _define(
    "IST0154",
    "EnvoyFilterUsesRemoveOperationIncorrectly",
    _E,
    "REMOVE does nothing for {object}",
    "remove the virtual service that makes the route, or let MERGE change the route",
)
ADDRESS_NEEDED = _define(
    "IST0134",
    "ServiceEntryAddressesRequired",
    _W,
    "TCP port {port} has no address: connections to this port of any other service may end here",
    "set addresses; or let proxies resolve names, by ISTIO_META_DNS_CAPTURE and automatic addresses in the mesh config",
)
PROTOCOLS_DISAGREE = _define(
    "IST0177",
    "ConflictingServiceEntryProtocol",
    _W,
    'service entries disagree on the protocol of "{host}" port {port}: {protocols} ({service_entries})',
    "let them agree: proxies use one of the protocols for all",
)

# Sidecars, telemetries and policies

SIDECARS_ON_ONE_POD = _define(
    "IST0110",
    "ConflictingSidecarWorkloadSelectors",
    _E,
    'the sidecars {sidecars} of namespace "{namespace}" select the same pod "{pod}"',
    "a pod takes one of them at random: let their selectors differ",
)
SEVERAL_DEFAULT_SIDECARS = _define(
    "IST0111",
    "MultipleSidecarsWithoutWorkloadSelectors",
    _E,
    'namespace "{namespace}" has several sidecars without a selector: {sidecars}',
    "keep one of them",
)
TELEMETRIES_ON_ONE_POD = _define(
    "IST0159",
    "ConflictingTelemetryWorkloadSelectors",
    _E,
    'the telemetries {telemetries} of namespace "{namespace}" select the same pod "{pod}"',
    "a pod takes one of them at random: let their selectors differ",
)
SEVERAL_DEFAULT_TELEMETRIES = _define(
    "IST0160",
    "MultipleTelemetriesWithoutWorkloadSelectors",
    _E,
    'namespace "{namespace}" has several telemetries without a selector: {telemetries}',
    "keep one of them",
)
NO_LOG_PROVIDER = _define(
    "IST0157",
    "InvalidTelemetryProvider",
    _W,
    'the access logging of telemetry {name} in namespace "{namespace}" has no provider, and the mesh has no default',
    "name a provider, or set defaultProviders.accessLogging in the mesh config",
)
SELECTOR_IGNORED_BY_GATEWAY = _define(
    "IST0166",
    "IneffectiveSelector",
    _W,
    "the policy does not reach the pods of gateway {gateway}, although its selector matches them",
    "attach it with targetRefs",
)
NO_EFFECT = _define(
    "IST0167",
    "IneffectivePolicy",
    _W,
    "this has no effect: {reason}",
    "remove it, or attach a policy to a waypoint instead",
)

# Raised by the checks of a cluster before an installation or an upgrade

PERMISSION_MISSING = _define(
    "IST0141", "InsufficientPermissions", _E, "the permission to install is missing for {resource}: {error}"
)
OLD_KUBERNETES = _define(
    "IST0142",
    "UnsupportedKubernetesVersion",
    _E,
    'Kubernetes "{version}" is too old; Istio 1.31 needs "{minimum}" or later',
)
OLD_GATEWAY_API = _define(
    "IST0156", "UnsupportedGatewayAPIVersion", _E, "Gateway API {version} is too old; {minimum} or later is needed"
)
AGEING_GATEWAY_API = _define(
    "IST0172",
    "FutureUnsupportedGatewayAPIVersion",
    _W,
    "Gateway API {version} will soon be too old; {minimum} or later will be needed",
)
UPGRADE_CHANGE = _define(
    "IST0169", "UpdateIncompatibility", _W, 'the default of "{field}" changed in release {release}: {info}'
)
LEFTOVER_DEFINITION = _define(
    "MESH0601",
    "LeftoverDefinition",
    _I,
    "no control plane of this release reads objects of {name}: {reason}",
    "look whether objects of it are still needed, then delete the definition",
)
UNKNOWN_STORAGE = _define(
    "MESH0602",
    "UnknownStoredVersion",
    _E,
    "objects of {name} may still be stored as {versions}, which this release does not have, so that the API server "
    "refuses its definition",
    "with a release that has both versions write all objects anew, then take the old one out of status.storedVersions",
)

# Traffic (ours)

HOST_CONFLICT = _define(
    "MESH0201",
    "ConflictingVirtualServiceHosts",
    _W,
    "at gateway {gateway} the same requests for {host} are matched by {others}; the oldest wins",
    "merge the virtual services, or let their matches differ",
)
RULE_CONFLICT = _define(
    "MESH0202",
    "ConflictingDestinationRules",
    _W,
    "{what} of {host} is set by {others} as well; which of them is used depends on their age",
    "merge the destination rules, so that each subset and the traffic policy stand in one place only",
)
RETRIES_OUTLAST_TIMEOUT = _define(
    "MESH0203",
    "RetriesOutlastTimeout",
    _W,
    "{tries} tries of {per_try} each do not fit into the timeout of {timeout}: the last ones are cut off",
    "raise the timeout, or lower attempts or perTryTimeout",
)
DEPRECATED_VALUE = _define("MESH0204", "DeprecatedValue", _W, "{field}: {value} is deprecated", "use {instead}")
HEADER_CASE = _define(
    "MESH0205",
    "HeaderNameWithCapitals",
    _W,
    'the header "{header}" is written with capitals; proxies send the names of headers in lower case',
    'write "{lower}"',
)
ZERO_WEIGHT = _define(
    "MESH0206", "ZeroWeight", _I, "this destination has the weight 0 and gets no requests", "set a weight, or remove it"
)
LONE_WEIGHT = _define(
    "MESH0207",
    "WeightWithoutEffect",
    _I,
    "the weight {weight} of the only destination has no effect: it gets all requests",
    "remove the weight, or add the other destinations",
)
SAME_DESTINATION_TWICE = _define(
    "MESH0208",
    "SameDestinationTwice",
    _W,
    "the route names the destination {destination} twice",
    "add up their weights",
)
UNKNOWN_METHOD = _define("MESH0209", "UnknownMethod", _W, 'no HTTP method is called "{method}"')
DUPLICATE_SERVICE_ENTRY = _define(
    "MESH0210",
    "DuplicateServiceEntry",
    _W,
    "port {port} of the host {host} is defined by {others} too",
    "merge them: proxies may use the endpoints and settings of either",
)
EXPORT_TO_NOWHERE = _define(
    "MESH0211",
    "ExportToUnknownNamespace",
    _W,
    'exportTo names the namespace "{namespace}", which does not exist',
    "correct or remove the name; . stands for the own namespace and * for all",
)
SAME_WORKLOAD_GROUP = _define(
    "MESH0212",
    "WorkloadGroupsAlike",
    _W,
    "the labels are those of {others}, so the machines of one cannot be told from those of the other",
    "give each group a label of its own",
)
GATEWAY_OVERLAP = _define(
    "MESH0213",
    "OverlappingGatewayHosts",
    _I,
    "{gateway} serves {host} on port {port} of the same pods too; the more specific host wins",
    "make sure that this is what you want: virtual services of the other gateway get no requests for this host",
)
EGRESS_TO_NOTHING = _define(
    "MESH0214",
    "SidecarEgressUnknownHost",
    _W,
    'no service that can be seen there has the host "{host}", so the sidecar gets no routes for it',
    "write namespace/name.namespace.svc.cluster.local, with the namespace of the service in front",
)
PROTOCOL_MISMATCH = _define(
    "MESH0215",
    "RouteProtocolMismatch",
    _W,
    "the {routes} routes never apply: no server of {gateway} for these hosts takes them",
    "http routes need a server that reads requests, tls routes one with mode PASSTHROUGH, tcp routes any other",
)
HOST_OVERLAP = _define(
    "MESH0216",
    "OverlappingVirtualServiceHosts",
    _I,
    "routes for {host} are defined by {others} too, and never hold here: the more specific host wins",
    "repeat what should hold for this host as well",
)

# Security (ours)

MTLS_CONTRADICTION = _define(
    "MESH0301",
    "ConflictingPeerAuthentications",
    _E,
    "another policy has the same scope ({others}): which mode holds ({modes}) depends on their age",
    "keep one of them",
)
MTLS_MISMATCH = _define(
    "MESH0302",
    "MutualTLSMismatch",
    _E,
    "the destination rule sends {sent} to {host}, but the PeerAuthentication {policy} accepts {accepted} only",
    "let both say the same, or leave tls out: the sidecars then choose mutual TLS by themselves where it is accepted",
)
SPIFFE_PREFIX = _define(
    "MESH0303",
    "PrincipalWithScheme",
    _E,
    'the principal "{principal}" never matches: principals are written without spiffe://',
    'write "{meant}"',
)
CLAIMS_WITHOUT_AUTHENTICATION = _define(
    "MESH0304",
    "RequestPrincipalWithoutAuthentication",
    _W,
    "the rule asks for {what}, but no RequestAuthentication reads tokens for these workloads: it never matches",
    "add a RequestAuthentication for the same workloads",
)
UNKNOWN_TARGET = _define(
    "MESH0305",
    "UnknownTarget",
    _E,
    "there is no {kind} {name}{where}, so the policy is attached to nothing",
    "correct the name; a policy can only be attached to objects of its own namespace",
)
NO_WAYPOINT = _define(
    "MESH0306",
    "PolicyNeedsWaypoint",
    _W,
    "namespace {namespace} is in ambient mode, where {what} needs a waypoint: {reason}",
    "create a waypoint, and name it or a service behind it in targetRefs",
)
UNKNOWN_EXTENSION_PROVIDER = _define(
    "MESH0307",
    "UnknownAuthorizationProvider",
    _E,
    'no provider of external authorization is called "{provider}"',
    "define it with envoyExtAuthzHttp or envoyExtAuthzGrpc in extensionProviders of the mesh config",
)

# Telemetry (ours)

UNKNOWN_LOG_OPERATOR = _define("MESH0401", "UnknownAccessLogOperator", _E, "Envoy refuses this format: {problem}")
UNKNOWN_PROVIDER = _define(
    "MESH0402",
    "UnknownTelemetryProvider",
    _E,
    'no extension provider is called "{provider}"',
    "define it in extensionProviders of the mesh config, or use one of {known}",
)

# Gateway API (ours)

ROUTE_WITHOUT_PARENT = _define(
    "MESH0501",
    "RouteParentNotFound",
    _E,
    "there is no {kind} {name} to attach to",
    "correct the name, or set namespace for a parent in another namespace",
)
ROUTE_WITHOUT_LISTENER = _define(
    "MESH0502",
    "RouteListenerNotFound",
    _E,
    "{gateway} has no listener that takes this route: {reason}",
    "compare sectionName, port and hostnames of the route with the listeners and their allowedRoutes",
)
BACKEND_NOT_FOUND = _define("MESH0503", "RouteBackendNotFound", _E, "there is no {what} to send requests to")
REFERENCE_NOT_GRANTED = _define(
    "MESH0504",
    "ReferenceNotGranted",
    _E,
    "no ReferenceGrant allows the reference to {kind} {name} in another namespace",
    "create a ReferenceGrant in namespace {namespace}, from {origin} of namespace {origin_namespace} to {kind}",
)
NO_GATEWAY_CLASS = _define(
    "MESH0505", "GatewayClassNotFound", _W, 'no gateway class is called "{name}"', "use istio, or create the class"
)
UNKNOWN_WAYPOINT = _define(
    "MESH0506",
    "WaypointNotFound",
    _E,
    'label {label} asks for the waypoint "{name}", and namespace {namespace} has none of that name',
    "create it with the gateway class istio-waypoint, or remove the label",
)
