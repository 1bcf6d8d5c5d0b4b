"""A value never gets out of the field that it is put in, whatever it holds."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from meshctl.charts.chart import CHARTS, chart
from meshctl.charts.rendering import Release, render
from meshctl.documents import parse, split

RELEASE = Release("istio", "istio-system")

HOSTILE = (
    "a\"b'c: d",
    "x\ny: z\n---\nkind: Evil",
    "{{ .Values }}{{ fail `no` }}",
    "&anchor *alias !!tag",
    "- item # comment",
    "\ttab\x07\x85\u2028\u00a0end ",
    "}}]{[,",
    "|-\n  block",
    "%YAML",
    "null",
    "0x10",
    "",
    "\U0001f600é\\n\\x41",
)

SWITCHES = frozenset(
    "profile platform compatibilityVersion resourceScope kind type provider autoInject tracer pilotCertProvider "
    "cniBinDir pilotAddress image tag hub variant".split()
)
"""Values that select something, or that make up a longer text whose form they may well change."""

TEMPLATED = frozenset({"initContainers"})
"""Values that are templates on purpose, as Istio's users know them."""

EXTRA: dict[str, dict[str, Any]] = {
    "istiod": {"env": {"K": "v"}, "podLabels": {"k": "v"}, "podAnnotations": {"k": "v"}, "deploymentLabels": {"k": "v"},
               "serviceAnnotations": {"k": "v"}, "revision": "r", "revisionTags": ["t"], "ownerName": "o",
               "extraContainerArgs": ["a"], "jwksResolverExtraRootCA": "c", "taint": {"namespace": "n"},
               "trustedZtunnelName": "z", "global": {"caAddress": "a", "meshID": "m", "network": "n",
               "imagePullSecrets": ["s"], "trustBundleName": "b", "certSigners": ["s"], "priorityClassName": "p"},
               "sidecarInjectorWebhook": {"templates": {"t": "text"}, "injectedAnnotations": {"k": "v"}},
               "gatewayClasses": {"c": {"service": {"k": "v"}}}, "meshConfig": {"accessLogFormat": "f"},
               "istiodRemote": {"injectionURL": "u", "injectionCABundle": "b"}, "trafficDistribution": "t"},
    "istio-ingress": {"gateways": {"istio-ingressgateway": {"env": {"K": "v"}, "podAnnotations": {"k": "v"},
                      "serviceAnnotations": {"k": "v"}, "nodeSelector": {"k": "v"}, "loadBalancerIP": "i"}},
                      "revision": "r", "global": {"meshID": "m", "network": "n", "caAddress": "a"},
                      "meshConfig": {"defaultConfig": {"proxyMetadata": {"K": "v"}}}},
    "cni": {"env": {"K": "v"}, "podLabels": {"k": "v"}, "podAnnotations": {"k": "v"}, "revision": "r",
            "cniConfFileName": "f", "ambient": {"enabled": True}},
    "ztunnel": {"env": {"K": "v"}, "labels": {"k": "v"}, "annotations": {"k": "v"}, "resourceName": "z",
                "network": "n", "caAddress": "a", "xdsAddress": "x", "nodeSelector": {"k": "v"}, "revision": "r"},
    "gateway": {"env": {"K": "v"}, "podAnnotations": {"k": "v"}, "networkGateway": "n", "revision": "r", "name": "n",
                "priorityClassName": "p", "dnsPolicy": "d", "service": {"annotations": {"k": "v"}, "clusterIP": "i"}},
    "base": {"base": {"validationURL": "u", "validationCABundle": "b"}},
    "default": {"revision": "r", "base": {"validationURL": "u"}, "istiodRemote": {"injectionURL": "u"}},
}  # fmt: skip


def texts(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all texts in a tree of values, apart from those that select something."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key not in SWITCHES | TEMPLATED:
                yield from texts(value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from texts(value, (*path, index))
    elif isinstance(tree, str):
        yield path


def merged(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return copy.deepcopy(above)


def put(tree: Any, path: tuple[Any, ...], value: str) -> None:
    for step in path[:-1]:
        tree = tree[step]
    tree[path[-1]] = value


def objects(name: str, values: dict[str, Any]) -> list[Any]:
    rendered = render(chart(name), values, RELEASE)
    return [
        data
        for path, text in rendered.items()
        if not path.endswith(".txt") and path != "templates/crds.yaml"
        for chunk in split(text)
        if (data := parse(chunk).data)
    ]


def shape(items: list[Any]) -> list[tuple[str, str, frozenset[str]]]:
    """What hostile text must not change: which objects there are, and what fields they have."""
    return sorted((item["apiVersion"], item["kind"], frozenset(item)) for item in items)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_no_text_gets_out_of_its_field(name: str, hostile: str) -> None:
    """All texts at once: those that get out change the objects, and most of them make no YAML at all."""
    values = copy.deepcopy(merged(chart(name).values["_internal_defaults_do_not_set"], EXTRA.get(name, {})))
    before = shape(objects(name, values))
    for path in list(texts(values)):
        put(values, path, hostile or "x")
    assert shape(objects(name, values)) == before


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if text], ids=ascii)
def test_a_text_arrives_as_it_is(hostile: str) -> None:
    hostile = hostile.replace("\x85", "")  # toYaml makes a blank of this line end, in Helm too
    values = {"env": {"KEY": hostile}, "podAnnotations": {"note": hostile}, "jwksResolverExtraRootCA": hostile}
    found = {(item["kind"], item["metadata"]["name"]): item for item in objects("istiod", values)}
    template = found["Deployment", "istiod"]["spec"]["template"]
    assert template["metadata"]["annotations"]["note"] == hostile
    (container,) = template["spec"]["containers"]
    assert {item["name"]: item.get("value") for item in container["env"]}["KEY"] == hostile
    assert found["ConfigMap", "pilot-jwks-extra-cacerts"]["data"]["extra.pem"] == hostile


def test_a_key_does_not_get_out_either() -> None:
    key = 'a": b\n---\nkind: Evil\n#{{ fail "x" }}'
    values = {"env": {key: "v"}, "podLabels": {key: "v"}, "gatewayClasses": {key: {key: "v"}}}
    assert "Evil" not in {item["kind"] for item in objects("istiod", values)}
    cni = {"env": {key: "v"}, "podAnnotations": {key: "v"}}
    assert "Evil" not in {item["kind"] for item in objects("cni", cni)}
