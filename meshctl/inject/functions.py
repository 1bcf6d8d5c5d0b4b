"""The functions that injection templates have besides Go's and sprig's.

They take the places of sprig's `contains`, `env`, `indent` and `omit`. Where Istio's own give a result that cannot be
meant (a port twice in a list, a list that is no JSON any more), these give the one that is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any

from meshctl.gotemplate import SPRIG, FunctionError, FunctionMap
from meshctl.gotemplate.formatting import shown
from meshctl.gotemplate.json_writer import json_in_order, json_text
from meshctl.gotemplate.types import STRING_MAP, GoType
from meshctl.gotemplate.values import MISSING, Pointer, Struct, TypedList, TypedMap, dereferenced, type_of
from meshctl.gotemplate.yaml_writer import yaml_text
from meshctl.inject.containers import PROXY
from meshctl.inject.go_types import go_type, table
from meshctl.inject.mesh_config import default_proxy_config
from meshctl.inject.protobuf import MESH_CONFIG, PROXY_CONFIG, duration_text, json_form

Container = Annotated[Any, go_type("[]v1.Container")]
ObjectMeta = Annotated[Any, go_type("v1.ObjectMeta")]
MeshConfigPointer = Annotated[Any, go_type("*" + MESH_CONFIG)]
DurationPointer = Annotated[Any, go_type("*google.protobuf.Duration")]

_UNSET_DEFAULTS = (
    "configPath", "binaryPath", "controlPlaneAuthPolicy", "serviceCluster", "drainDuration",
    "terminationDrainDuration", "discoveryAddress", "envoyMetricsService", "envoyAccessLogService", "tracing",
    "proxyAdminPort", "statNameLength", "statusPort", "concurrency",
)  # fmt: skip
"""Fields of a proxy config that are not written out where they say what holds anyway."""


def annotation(meta: ObjectMeta, name: str, default: Any) -> str:
    """The annotation if it exists, even empty; else the default as text."""
    found = meta.field("Annotations")
    return found[name] if name in found else _text(default)


def isset(values: dict[str, str], key: str) -> bool:
    """Whether a map has a key."""
    return key in values


def value_or_default(value: Any, default: Any) -> Any:
    """The default for no value and for an empty text; 0, false, empty lists and words of enumerations are values."""
    is_empty = value is None or value is MISSING or (value.__class__ is str and not value)
    return default if is_empty else value


def exclude_inbound_port(port: Any, listed: str) -> str:
    """The list of ports with another port at its end, if it is not in it and not 0."""
    text = _text(port).strip()
    items = [item.strip() for item in listed.split(",") if item.strip()]
    if text in ("", "0") or text in listed.split(","):
        return listed
    return ",".join(items if text in items else [*items, text])


def include_inbound_ports(containers: Container) -> str:
    """The ports of all containers that speak TCP, with commas."""
    return ",".join(_ports(containers, lambda name: True))


def application_ports(containers: Container) -> str:
    """The ports of all containers but the proxy that speak TCP, with commas."""
    return ",".join(_ports(containers, lambda name: name != PROXY))


def _ports(containers: Any, counts: Callable[[str], bool]) -> list[str]:
    return [
        str(int(port.field("ContainerPort")))
        for container in containers
        if counts(container.field("Name"))
        for port in container.field("Ports")
        if port.field("Protocol") not in ("UDP", "SCTP")
    ]


def unchanged(text: str) -> str:
    """The text as it is."""
    return text


def to_json_of_map(values: dict[str, str]) -> str:
    """The JSON of a map of texts, `{}` for none."""
    return json_text(dict(values))


def from_json(text: str) -> Any:
    """The value of a JSON text; a text that is no JSON gives the text `{}`."""
    try:
        return json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return "{}"


def struct_to_json(value: Any) -> str:
    """The JSON of a value by its JSON names, `{}` for none and for what has none."""
    if value is None or value is MISSING:
        return "{}"
    try:
        return json_text(value)
    except FunctionError:
        return "{}"


def proto_to_json(message: Any) -> str:
    """The protobuf JSON of a message; of a proxy config only what differs from the built-in one."""
    target = dereferenced(message)
    if target is None or target is MISSING or (isinstance(target, Pointer) and _message_name(target.go_type.element)):
        return "{}"
    name = _message_name(type_of(target))
    if name is None or not isinstance(target, Struct):
        raise FunctionError(f"a value of type {type_of(target).name} is no message of protobuf")
    data = dict(target.data)
    if name == PROXY_CONFIG:
        defaults = default_proxy_config()
        for key in _UNSET_DEFAULTS:
            if data.get(key) == defaults.get(key):
                data.pop(key, None)
        if not data.get("proxyMetadata"):
            data.pop("proxyMetadata", None)
    return json_in_order(json_form(name, data))


@cache
def _messages_by_type() -> dict[Any, str]:
    return {go_type(name): name for name in table()["messages"]}


def _message_name(value: GoType | None) -> str | None:
    return PROXY_CONFIG if value is go_type(PROXY_CONFIG) else _messages_by_type().get(value)


def to_yaml(value: Any) -> str:
    """The YAML of a value, with a line break at its end."""
    try:
        return yaml_text(value)
    except FunctionError:
        return ""


def indent(spaces: int, text: str) -> str:
    """The text with spaces in front of every line but the first."""
    return text.replace("\n", "\n" + " " * max(0, min(spaces, 1000)))


def directory(path: str) -> str:
    """A path up to its last slash, with it."""
    return path[: path.rfind("/") + 1]


def contains(needle: str, haystack: str) -> bool:
    """Whether a text holds another one."""
    return needle in haystack


def to_lower(text: str) -> str:
    """The text in lower case."""
    return text.lower()


def append_multus_network(existing: str, network: str) -> str:
    """The networks of a pod with one more, in the form they have: JSON or a list with commas."""
    if not existing:
        return network
    namespace, slash, name = network.rpartition("/")
    if "]" not in existing:
        names = [item.strip() for item in existing.split(",")]
        return existing if network in names else f"{existing}, {network}"
    try:
        listed = json.loads(existing)
    except (ValueError, RecursionError):
        return existing
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        return existing
    if any(item.get("name") == name and (item.get("namespace") or "") == namespace for item in listed):
        return existing
    new = json.dumps({"name": name, "namespace": namespace} if slash else {"name": name})
    before, _, after = existing.rpartition("]")
    return f"{before}{', ' if listed else ''}{new}]{after}"


def omit(values: dict[str, str], *keys: str) -> TypedMap:
    """A map of texts without some of its keys."""
    return TypedMap(STRING_MAP, {key: value for key, value in values.items() if key not in keys})


def strdict(*pairs: str) -> TypedMap:
    """A map of texts out of keys and values in turn."""
    found = TypedMap(STRING_MAP, {})
    for index in range(0, len(pairs), 2):
        found[pairs[index]] = pairs[index + 1] if index + 1 < len(pairs) else ""
    return found


def merge_maps(*maps: dict[str, str]) -> TypedMap:
    """Maps of texts united, the later ones winning."""
    if not maps:
        return TypedMap(STRING_MAP, None)
    united: dict[str, str] = {}
    for one in maps:
        united |= one
    return TypedMap(STRING_MAP, united)


def to_json_map(*maps: dict[str, str]) -> str:
    """The JSON of maps of texts united, the later ones winning."""
    return json_text(merge_maps(*maps)) if maps else "null"


def omit_nil(value: Any) -> Any:
    """The value without nulls, and without the maps and lists that nulls leave empty."""
    return _without_nil(value)


def _without_nil(value: Any) -> Any:
    if isinstance(value, TypedMap | TypedList | Struct | Pointer):
        return value
    if isinstance(value, dict):
        found = {key: inner for key, item in value.items() if (inner := _without_nil(item)) is not None}
        return found or None
    if isinstance(value, list):
        return [inner for item in value if (inner := _without_nil(item)) is not None] or None
    return None if value is MISSING else value


def format_duration(duration: DurationPointer) -> str:
    """A duration as Go writes it: `1m0s`."""
    target = dereferenced(duration)
    data = target.data if isinstance(target, Struct) else {}
    total = data.get("seconds", 0) * 10**9 + data.get("nanos", 0)
    sign, total = ("-", -total) if total < 0 else ("", total)
    seconds, nanos = divmod(total, 10**9)
    if not seconds and nanos:
        for unit, size in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
            if nanos >= size:
                return f"{sign}{nanos / size:g}{unit}"
    fraction = duration_text({"seconds": seconds % 60, "nanos": nanos})[:-1]
    fraction = fraction.rstrip("0") if "." in fraction else fraction
    minutes, hours = seconds // 60 % 60, seconds // 3600
    text = f"{fraction}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return sign + (f"{hours}h{text}" if hours else text)


_OTEL = "resource.opentelemetry.io/"
_ENRICHMENT = "istio.mesh.v1alpha1.MeshConfig.ExtensionProvider.ServiceAttributeEnrichment"


def otel_resource_attributes(
    mesh: MeshConfigPointer,
    annotations: dict[str, str],
    labels: dict[str, str],
    namespace: str,
    containers: Container,
) -> str:
    """The service attributes of OpenTelemetry's conventions, if a tracing provider of the mesh wants them."""
    if not _wants_attributes(mesh):
        return ""
    found = []
    space = annotations.get(f"{_OTEL}service.namespace") or namespace
    if space:
        found.append(f"service.namespace={space}")
    version = annotations.get(f"{_OTEL}service.version") or labels.get("app.kubernetes.io/version")
    if not version and len(containers) == 1:
        version = _image_version(containers[0].field("Image"))
    if version:
        found.append(f"service.version={version}")
    instance = annotations.get(f"{_OTEL}service.instance.id")
    if not instance and len(containers):
        parts = (namespace, "$(POD_NAME)", containers[0].field("Name"))
        instance = ".".join(part for part in parts if part)
    if instance:
        found.append(f"service.instance.id={instance}")
    return ",".join(found)


def _wants_attributes(mesh: Any) -> bool:
    target = dereferenced(mesh)
    providers = target.data.get("extensionProviders") if isinstance(target, Struct) else None
    wanted = table()["enums"][_ENRICHMENT]["OTEL_SEMANTIC_CONVENTIONS"]
    return any(
        (provider.get("opentelemetry") or {}).get("serviceAttributeEnrichment") == wanted
        for provider in providers or ()
    )


def _image_version(image: str) -> str:
    name, _, digest = image.partition("@")
    last = name[name.rfind("/") + 1 :]
    tag = last.rpartition(":")[2] if ":" in last else ""
    return "@".join(part for part in (tag, digest) if part)


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    return "<nil>" if value is None or value is MISSING else shown(dereferenced(value))


def functions(environment: Mapping[str, str]) -> FunctionMap:
    """All functions of injection templates; `environment` is what `env` looks into.

    That is the control plane's, not the one of whoever renders: the same template is to give the same everywhere.
    """

    def env(name: str, default: str) -> str:
        return environment.get(name) or default

    return {**SPRIG, **_FUNCTIONS, "env": env, "expandenv": lambda text: _expanded(text, environment)}


LOOKUPS: Mapping[str, tuple[str, ...]] = {"annotation": ("Annotations",), "isset": ()}
"""Functions of a map and a key that look at nothing but the one entry: where in their first argument the map is."""


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    from string import Template

    return Template(text).safe_substitute(environment)


_FUNCTIONS: FunctionMap = {
    "annotation": annotation,
    "appendMultusNetwork": append_multus_network,
    "applicationPorts": application_ports,
    "contains": contains,
    "directory": directory,
    "excludeInboundPort": exclude_inbound_port,
    "excludeInterfaces": unchanged,
    "formatDuration": format_duration,
    "fromJSON": from_json,
    "includeInboundPorts": include_inbound_ports,
    "indent": indent,
    "isset": isset,
    "kubevirtInterfaces": unchanged,
    "mergeMaps": merge_maps,
    "omit": omit,
    "omitNil": omit_nil,
    "otelResourceAttributes": otel_resource_attributes,
    "protoToJSON": proto_to_json,
    "strdict": strdict,
    "structToJSON": struct_to_json,
    "toJSON": to_json_of_map,
    "toJsonMap": to_json_map,
    "toLower": to_lower,
    "toYaml": to_yaml,
    "valueOrDefault": value_or_default,
}

REPEATABLE = frozenset({*_FUNCTIONS, "env", "expandenv"})
"""Those of them that always give the same for the same arguments, and change none of them: all."""
