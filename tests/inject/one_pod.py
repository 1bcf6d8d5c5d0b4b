"""One pod through one configuration, for tests about either."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from meshctl.documents import Chunk, parse
from meshctl.inject.configuration import Request, load
from meshctl.inject.injector import Injector, Outcome
from meshctl.inject.mesh_config import mesh_config
from meshctl.inject.pod_templates import pod_templates
from meshctl.inject.settings import Config, Settings, floating, merged

BUILT_IN = load(Request())


def read(text: str) -> Any:
    """The data of a YAML text."""
    return parse(Chunk(text, 1)).data


def with_template(text: str, values: str = "{}", mesh: str = "{}", **fields: Any) -> Settings:
    """The built-in settings with another template, and with values and mesh config (YAML) over those built in."""
    return replace(
        BUILT_IN,
        config=Config({"sidecar": text}),
        values=floating(merged(BUILT_IN.values, read(values))),
        mesh=mesh_config(read(mesh)),
        **fields,
    )


def outcome(data: dict[str, Any], settings: Settings = BUILT_IN) -> Outcome:
    """What becomes of the one workload in the data."""
    (template,) = pod_templates(data)
    return Injector(settings).inject(template)


def pod(name: str = "p", namespace: str = "", **fields: Any) -> dict[str, Any]:
    """A pod with one container; `labels` and `annotations` go into its metadata, anything else into its spec."""
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    metadata |= {key: fields.pop(key) for key in ("labels", "annotations") if key in fields}
    spec = {"containers": [{"name": "c", "image": "i"}], **fields}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def injected(data: dict[str, Any], settings: Settings = BUILT_IN) -> dict[str, Any]:
    """The pod with its proxy."""
    found = outcome(data, settings).pod
    assert found is not None, "it was not injected"
    return found


def container(found: dict[str, Any], name: str = "istio-proxy") -> dict[str, Any]:
    """A container of a pod, init containers included."""
    every = [*found["spec"].get("containers", ()), *found["spec"].get("initContainers", ())]
    return next(dict(item) for item in every if item["name"] == name)


def variables(found: dict[str, Any], name: str = "istio-proxy") -> dict[str, str]:
    """The variables of a container that have a value."""
    return {item["name"]: item["value"] for item in container(found, name)["env"] if "value" in item}
