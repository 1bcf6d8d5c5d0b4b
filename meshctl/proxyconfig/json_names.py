"""Field names as protobuf's JSON has them (`camelCase`) and istiod writes them, and as Envoy does (`snake_case`).

Only names of fields change. Keys of maps are names that somebody chose, and a Struct is data of somebody else's: both
stay as they are. Which fields these are is a fact of Envoy's API (https://www.envoyproxy.io/docs/envoy/latest/api-v3).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_STRUCTS = frozenset(
    "aws default_subset filter_context filter_metadata json_format layer static_layer transport_socket_match_criteria"
    " typed_json_format".split()
)
"""Fields whose value is a Struct, or a map of Structs, wherever they stand."""

_STRUCTS_IN = frozenset(
    {
        ("google_grpc", "config"),
        ("node", "metadata"),
        ("on_error", "value"),
        ("on_missing", "value"),
        ("on_present", "value"),
        ("record", "value"),
        ("transport_socket_matches", "match"),
        ("user_agent_build_version", "metadata"),
        ("version", "metadata"),
    }
)
"""Fields whose value is a Struct in a message that stands in such a field."""

_STRUCTS_OF_TYPE = frozenset(
    {
        ("google.protobuf.Struct", "value"),
        ("xds.type.v3.TypedStruct", "value"),
        ("udpa.type.v1.TypedStruct", "value"),
        ("envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig", "record"),
        ("envoy.extensions.filters.http.set_metadata.v3.Config", "value"),
    }
)
"""Fields whose value is a Struct somewhere in a message of that type."""

_MAPS = frozenset(
    "allowed_capabilities args certificate_provider_instances cluster_min_healthy_percentages context_extensions"
    " dynamic_parameters extraction_by_method extractions_by_method key_values labels logging_by_method map"
    " mapped_request_attributes mapped_response_attributes message_restrictions method_restrictions named_endpoints"
    " params params_match per_filter_config policies providers request_extraction_by_field request_field_extractions"
    " request_field_restrictions request_logging_by_field requirement_map response_extraction_by_field"
    " response_field_restrictions response_logging_by_field secrets source_codes typed_extension_protocol_options"
    " typed_filter_metadata typed_per_filter_config".split()
)
"""Fields whose value is a map, when it is an object: some of them are lists in other messages."""

_MAPS_IN = frozenset({("bucket_id_builder", "bucket_id_builder"), ("filter_state_rules", "requires")})
"""Fields whose value is a map in a message that stands in such a field."""

_CAPITAL = re.compile("[A-Z]")
_CONTAINERS = frozenset({dict, list})


class _JsonNames(dict[str, str]):
    """Names of fields as Envoy writes them, with their names in JSON, each made when it is first met."""

    def __missing__(self, field: str) -> str:
        first, *words = field.split("_")
        self[field] = found = first + "".join(word[:1].upper() + word[1:] for word in words)
        return found


_known = _JsonNames()


def json_name(field: str) -> str:
    """The name of a field in JSON."""
    return _known[field]


def with_json_names(data: Any, field: str = "", type_: str = "") -> Any:
    """The data of a message, plain as readers of JSON give it, with the names of its fields changed.

    `field` is the one that the message stands in, and `type_` the type of the nearest message around it that says its
    own.
    """
    if type(data) is list:
        # Of texts and numbers there is nothing to change, and millions of them in the output of a large mesh.
        return [with_json_names(item, field, type_) if type(item) in _CONTAINERS else item for item in data]
    if type(data) is not dict:
        return data
    url = data.get("@type")
    if type(url) is str:
        type_ = url.rpartition("/")[2]
    changed: dict[str, Any] = {}
    for key, value in data.items():
        kind = type(value)
        if (kind is not dict and kind is not list) or _is_struct(key, field, type_):
            changed[_known[key]] = value
        elif kind is dict and (key in _MAPS or (field, key) in _MAPS_IN):
            changed[_known[key]] = {chosen: with_json_names(item, "", type_) for chosen, item in value.items()}
        else:
            changed[_known[key]] = with_json_names(value, key, type_)
    return changed


@lru_cache(4096)
def field_name(field: str) -> str:
    """The name of a field that JSON has, as Envoy writes it."""
    return _CAPITAL.sub(lambda found: f"_{found[0].lower()}", field).replace("consecutive5xx", "consecutive_5xx")


def with_field_names(data: Any, field: str = "", type_: str = "") -> Any:
    """The reverse of `with_json_names`; names that are as Envoy writes them already stay so."""
    if isinstance(data, list):
        return [with_field_names(item, field, type_) for item in data]
    if not isinstance(data, dict):
        return data
    url = data.get("@type")
    if isinstance(url, str):
        type_ = url.rpartition("/")[2]
    changed: dict[str, Any] = {}
    for key, value in data.items():
        name = field_name(key)
        if not isinstance(value, dict | list) or _is_struct(name, field, type_):
            changed[name] = value
        elif isinstance(value, dict) and (name in _MAPS or (field, name) in _MAPS_IN):
            changed[name] = {chosen: with_field_names(item, "", type_) for chosen, item in value.items()}
        else:
            changed[name] = with_field_names(value, name, type_)
    return changed


def _is_struct(key: str, field: str, type_: str) -> bool:
    return key in _STRUCTS or (field, key) in _STRUCTS_IN or (type_, key) in _STRUCTS_OF_TYPE
