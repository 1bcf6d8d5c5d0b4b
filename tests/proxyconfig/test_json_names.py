"""Names of fields change, names that somebody chose do not."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.proxyconfig.json_names import json_name, with_json_names

TYPE = "type.googleapis.com/"


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("name", "name"),
        ("connect_timeout", "connectTimeout"),
        ("consecutive_5xx", "consecutive5xx"),
        ("http2_protocol_options", "http2ProtocolOptions"),
        ("@type", "@type"),
        ("alreadyCamel", "alreadyCamel"),
    ],
)
def test_names(field: str, name: str) -> None:
    assert json_name(field) == name


@pytest.mark.parametrize(
    ("data", "changed"),
    [
        ({"metadata": {"filter_metadata": {"my_filter": {"my_key": 1}}}},
         {"metadata": {"filterMetadata": {"my_filter": {"my_key": 1}}}}),
        ({"node": {"user_agent_name": "e", "metadata": {"MY_KEY": {"a_b": 1}}}},
         {"node": {"userAgentName": "e", "metadata": {"MY_KEY": {"a_b": 1}}}}),
        ({"transport_socket_matches": [{"match": {"tls_mode": "x"}}]},
         {"transportSocketMatches": [{"match": {"tls_mode": "x"}}]}),
        ({"routes": [{"match": {"safe_regex": {}}}]}, {"routes": [{"match": {"safeRegex": {}}}]}),
        ({"typed_per_filter_config": {"my_filter": {"a_b": 1}}}, {"typedPerFilterConfig": {"my_filter": {"aB": 1}}}),
        ({"rules": {"policies": {"ns[a]-policy[b_c]-rule[0]": {"and_rules": []}}}},
         {"rules": {"policies": {"ns[a]-policy[b_c]-rule[0]": {"andRules": []}}}}),
        ({"load_balancing_policy": {"policies": [{"typed_extension_config": {}}]}},
         {"loadBalancingPolicy": {"policies": [{"typedExtensionConfig": {}}]}}),
        ({"providers": {"my_provider": {"remote_jwks": {}}}}, {"providers": {"my_provider": {"remoteJwks": {}}}}),
        ({"requires": {"requires_any": {}}}, {"requires": {"requiresAny": {}}}),
        ({"filter_state_rules": {"requires": {"a_b": {"allow_missing": {}}}}},
         {"filterStateRules": {"requires": {"a_b": {"allowMissing": {}}}}}),
        ({"log_format": {"json_format": {"my_key": "%A%"}}}, {"logFormat": {"jsonFormat": {"my_key": "%A%"}}}),
        ({"typed_config": {"@type": f"{TYPE}udpa.type.v1.TypedStruct", "type_url": "u", "value": {"a_b": 1}}},
         {"typedConfig": {"@type": f"{TYPE}udpa.type.v1.TypedStruct", "typeUrl": "u", "value": {"a_b": 1}}}),
        ({"@type": f"{TYPE}acme.Unknown", "some_field": [{"inner_field": 1}]},
         {"@type": f"{TYPE}acme.Unknown", "someField": [{"innerField": 1}]}),
        ({"lb_subset_config": {"default_subset": {"my_key": "v"}, "subset_selectors": []}},
         {"lbSubsetConfig": {"defaultSubset": {"my_key": "v"}, "subsetSelectors": []}}),
    ],
)  # fmt: skip
def test_maps_and_structs_keep_their_keys(data: dict[str, Any], changed: dict[str, Any]) -> None:
    assert with_json_names(data) == changed
