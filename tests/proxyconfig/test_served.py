"""What istiod would send and what a proxy has: two ways of writing the same, and real differences."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.comparison import Difference, compare
from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.json_names import with_field_names, with_json_names
from meshctl.proxyconfig.saved import read_saved
from meshctl.proxyconfig.served import served
from meshctl.proxyconfig.view import Filters
from meshctl.proxyconfig.views.cluster import VIEW, select
from tests.proxyconfig import made
from tests.proxyconfig.recordings import ISTIOD, PRODUCTPAGE, istiod_dump, recorded_dump

Json = dict[str, Any]


def of_istiod(*found: Json) -> ConfigDump:
    return read(json.dumps({"configs": found}).encode(), of_istiod=True)


def clusters(*found: Json) -> Json:
    return {"@type": sections.CLUSTERS, "dynamicActiveClusters": [{"cluster": item} for item in found]}


def differences(istiod: list[Json], proxy: list[Json]) -> list[Difference]:
    return compare(of_istiod(*istiod), read(made.text(*proxy))).differences


def test_recordings_of_both_sides_are_the_same() -> None:
    found = compare(recorded_dump(PRODUCTPAGE), istiod_dump())
    assert found.differences == []
    # The recorded istiod was asked without endpoints; its sections without anything count as there.
    assert found.uncompared == ["EndpointsConfigDump"]
    assert [len(served(istiod_dump(), kind)) for kind in ("cluster", "listener", "route")] == [34, 16, 5]


def test_endpoints_of_both_sides_are_the_same() -> None:
    items = json.loads(read_saved(str(ISTIOD / "edsz.json.gz"), "edsz"))["configs"]
    section: Json = {
        "@type": sections.ENDPOINTS,
        "dynamicEndpointConfigs": [{"endpointConfig": item} for item in items],
    }
    assert compare(of_istiod(section), recorded_dump(PRODUCTPAGE)).differences == []
    changed = copy.deepcopy(section)
    changed["dynamicEndpointConfigs"][0]["endpointConfig"]["endpoints"][0]["lbEndpoints"][0]["healthStatus"] = "HEALTHY"
    changed["dynamicEndpointConfigs"].pop()
    found = compare(of_istiod(changed), recorded_dump(PRODUCTPAGE)).differences
    assert sorted(one.change for one in found) == ["added", "changed"]


def test_a_view_reads_what_istiod_wrote() -> None:
    ours, theirs = (
        VIEW.table(select(dump, Filters(direction="outbound")), Filters())
        for dump in (istiod_dump(), recorded_dump(PRODUCTPAGE))
    )
    assert ours.rows == theirs.rows


def test_numbers_with_a_point_and_orders_say_nothing() -> None:
    istiod = {"name": "a", "commonLbConfig": {"healthyPanicThreshold": {"value": 50}}, "connectTimeout": "1s"}
    proxy = {"connect_timeout": "1s", "name": "a", "common_lb_config": {"healthy_panic_threshold": {"value": 50.0}}}
    assert differences([clusters(istiod)], [made.clusters(proxy)]) == []


def test_names_that_somebody_chose_stay() -> None:
    metadata = {"filterMetadata": {"istio": {"someKey": 1, "other_key": 2}}}
    proxy = {"name": "a", "metadata": {"filter_metadata": {"istio": {"someKey": 1, "other_key": 2}}}}
    assert differences([clusters({"name": "a", "metadata": metadata})], [made.clusters(proxy)]) == []
    proxy["metadata"] = {"filter_metadata": {"istio": {"some_key": 1, "other_key": 2}}}
    [found] = differences([clusters({"name": "a", "metadata": metadata})], [made.clusters(proxy)])
    assert {value.path for value in found.values} >= {"metadata.filterMetadata.istio.someKey"}


@pytest.mark.parametrize(
    ("name", "envoy"),
    [("consecutive5xx", "consecutive_5xx"), ("http2ProtocolOptions", "http2_protocol_options"), ("@type", "@type"),
     ("typedConfig", "typed_config"), ("name", "name")],
)  # fmt: skip
def test_names_of_fields_go_both_ways(name: str, envoy: str) -> None:
    assert with_field_names([{name: {name: 1}}]) == [{envoy: {envoy: 1}}]
    assert with_json_names([{envoy: {envoy: 1}}]) == [{name: {name: 1}}]


def test_static_warming_and_draining_resources_are_not_compared() -> None:
    section = made.clusters({"name": "a"})
    section["static_clusters"] = [{"cluster": {"name": "agent"}}]
    section["dynamic_warming_clusters"] = [{"cluster": {"name": "w"}}]
    assert differences([clusters({"name": "a"})], [section]) == []
    listener = {"name": "l"}
    draining = {"@type": sections.LISTENERS,
                "dynamic_listeners": [{"name": "l", "draining_state": {"listener": listener}}]}  # fmt: skip
    active = {"@type": sections.LISTENERS, "dynamicListeners": [{"activeState": {"listener": listener}}]}
    [found] = differences([active], [draining])
    assert (found.kind, found.name, found.change) == ("listener", "l", "removed")


def test_secrets_of_the_agent_are_not_those_of_istiod() -> None:
    own = {"name": "default", "secret": {"name": "default"}}
    certificate = {"certificate_chain": {"inline_bytes": "QQ=="}, "private_key": {"inline_bytes": "W3JlZGFjdGVkXQ=="}}
    gateway = {"name": "kubernetes://shop", "secret": {"name": "kubernetes://shop", "tls_certificate": certificate}}
    proxy = {"@type": sections.SECRETS, "dynamic_active_secrets": [own, gateway]}

    def served_secret(chain: str) -> Json:
        certificate = {"certificateChain": {"inlineBytes": chain}, "privateKey": {"inlineBytes": "[redacted]"}}
        secret = {"name": "kubernetes://shop", "secret": {"name": "kubernetes://shop", "tlsCertificate": certificate}}
        return {"@type": sections.SECRETS, "dynamicActiveSecrets": [secret]}

    assert differences([served_secret("QQ==")], [proxy]) == []
    [found] = differences([served_secret("Qg==")], [proxy])
    assert [value.path for value in found.values] == ["tlsCertificate.certificateChain.inlineBytes"]


def test_wasm_modules_that_the_agent_fetched_are_the_same() -> None:
    def wasm(code: Json, **more: Any) -> Json:
        type_ = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
        return {"name": "shop.limits", "typed_config": {"@type": type_, "config": {"vm_config": {"code": code} | more}}}

    variables = {"environment_variables": {"key_values": {"ISTIO_META_WASM_IMAGE_PULL_SECRET": "<Redacted>"}}}
    remote = wasm({"remote": {"http_uri": {"uri": "oci://r/limits:1"}}}, **variables)
    local = wasm({"local": {"filename": "/var/lib/istio/data/x.wasm"}})

    def section(item: Json) -> Json:
        return {"@type": sections.ECDS, "ecds_filters": [{"ecds_filter": item}]}

    assert differences([section(remote)], [section(local)]) == []
    local["typed_config"]["config"]["fail_open"] = True
    assert [one.kind for one in differences([section(remote)], [section(local)])] == ["ecds"]
