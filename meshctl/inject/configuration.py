"""Where the settings of injection come from: built in, files captured from a cluster, or a cluster itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from meshctl.documents import DocumentError, decode, parse, split
from meshctl.errors import UnreadableError
from meshctl.inject import builtin
from meshctl.inject.mesh_config import mesh_config
from meshctl.inject.protobuf import Message, MessageError
from meshctl.inject.settings import Config, Settings, SettingsError, as_text, floating, is_config, merged, read_config

_CONFIG_MAP = "istio-sidecar-injector"
_MESH_CONFIG_MAP = "istio"
_NATIVE = "ENABLE_NATIVE_SIDECARS"
_NATIVE_SINCE = 33
"""The minor version of Kubernetes from which on the control plane uses native sidecars by itself."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for; empty names stand for what is built in."""

    config_file: str = ""
    mesh_file: str = ""
    values_file: str = ""
    operator_file: str = ""
    values_files: Sequence[str] = ()
    assignments: Sequence[tuple[str, Any]] = ()
    """Dotted paths and what to set there; `meshConfig.` leads into the mesh config."""
    revision: str = ""
    istio_namespace: str = "istio-system"
    native_sidecars: bool | None = None
    config_map: str = _CONFIG_MAP
    mesh_config_map: str = _MESH_CONFIG_MAP


class Cluster(Protocol):
    """What injection wants to know of a cluster. Each call raises a `MeshctlError` when there is no answer in time."""

    def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """The data of a ConfigMap; None if there is none."""

    def default_revision(self, namespace: str) -> str:
        """The revision behind the tag `default`; empty without one."""

    def kubelet_minors(self) -> Sequence[int]:
        """The minor versions of all nodes."""


def load(request: Request, cluster: Cluster | None = None) -> Settings:
    """The settings that a request describes; a cluster is only asked for what no file gives.

    Raises a `MeshctlError`.
    """
    revision = request.revision
    if cluster is not None and not revision:
        revision = cluster.default_revision(request.istio_namespace)
    revision = "" if revision == "default" else revision
    captured = _from_cluster(request, cluster, revision) if cluster is not None else {}
    texts = captured | {
        key: (file, _read(file))
        for key, file in (("config", request.config_file), ("mesh", request.mesh_file), ("values", request.values_file))
        if file
    }
    values = _builtin_values(request, revision)
    config = Config(builtin.templates())
    origin = "the built-in configuration"
    if "config" in texts:
        origin, text = texts["config"]
        config, inner = _config(origin, text)
        if inner is not None and "values" not in texts:
            texts["values"] = (origin, inner)
    if "values" in texts:
        values = merged(values, _values(*texts["values"]))
    mesh_data: Any = {} if "mesh" in texts else _builtin_mesh(request, revision, values)
    if "mesh" in texts:
        mesh_data = _mesh(*texts["mesh"])
    for file in request.values_files:
        values = merged(values, _values(file, _read(file)))
    if request.operator_file:
        own, own_mesh = _operator(request.operator_file)
        values, mesh_data = merged(values, own), merged(mesh_data, own_mesh)
    for path, value in request.assignments:
        steps = path.split(".")
        if steps[0] == "meshConfig":
            mesh_data = merged(mesh_data, _nested(steps[1:], value))
        else:
            values = merged(values, _nested([step for step in steps if step != "values" or steps[0] != step], value))
    values = floating(values)
    native = request.native_sidecars
    if native is None:
        native = _native(values, cluster)
    mesh = _read_mesh(mesh_data, texts["mesh"][0] if "mesh" in texts else "the mesh config")
    return Settings(config, values, mesh, revision, native, origin)


def _nested(steps: Sequence[str], value: Any) -> Any:
    for step in reversed(steps):
        value = {step: value}
    return value


def _native(values: Mapping[str, Any], cluster: Cluster | None) -> bool:
    """What the control plane would do: as its variable says, or else as all of the nodes can."""
    pilot = values.get("pilot")
    variables = pilot.get("env") if isinstance(pilot, Mapping) else None
    wish = as_text(variables.get(_NATIVE)) if isinstance(variables, Mapping) else ""
    if wish in ("true", "false") or cluster is None:
        return wish == "true"
    minors = cluster.kubelet_minors()
    return bool(minors) and min(minors) >= _NATIVE_SINCE


def _from_cluster(request: Request, cluster: Cluster, revision: str) -> dict[str, tuple[str, str]]:
    found = {}
    wanted: dict[str, list[str]] = {}
    if not request.config_file:
        wanted.setdefault(request.config_map, []).append("config")
    if not request.values_file:
        wanted.setdefault(request.config_map, []).append("values")
    if not request.mesh_file:
        wanted.setdefault(request.mesh_config_map, []).append("mesh")
    for name, keys in wanted.items():
        if revision and name in (_CONFIG_MAP, _MESH_CONFIG_MAP):
            name = f"{name}-{revision}"
        data = cluster.config_map(request.istio_namespace, name)
        where = f"ConfigMap {request.istio_namespace}/{name}"
        if data is None:
            flag = "--meshConfigFile" if keys == ["mesh"] else "--injectConfigFile and --valuesFile"
            raise UnreadableError(f"{where} does not exist", hint=f"name another namespace with -i, or use {flag}")
        for key in keys:
            if key not in data:
                raise UnreadableError(f"{where} has no key {key}")
            found[key] = (f"{where}, {key}", data[key])
    return found


def _read(file: str) -> str:
    try:
        return decode(Path(file).read_bytes())
    except OSError as error:
        raise UnreadableError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except DocumentError as error:
        raise UnreadableError(f"{file}:{error.line}:{error.column}: {error.message}", hint=error.hint) from error


def _parsed(origin: str, text: str) -> Any:
    for chunk in split(text):
        try:
            data = parse(chunk).data
        except DocumentError as error:
            raise SettingsError(f"{origin}:{error.line}:{error.column}: {error.message}", hint=error.hint) from error
        if data is not None:
            return data
    return None


def _config(origin: str, text: str) -> tuple[Config, str | None]:
    """The configuration in a text, and the values that come along with it in a ConfigMap.

    A text may be a configuration, the ConfigMap around one, or a single template, which is then the one called
    `sidecar`.
    """
    try:
        data = _parsed(origin, text)
    except SettingsError:
        if "{{" not in text:
            raise
        return Config({"sidecar": text}), None
    inner = _data_of_config_map(data)
    if inner is not None:
        if not isinstance(inner.get("config"), str):
            raise SettingsError(f"{origin}: the ConfigMap has no key config")
        values = inner.get("values")
        return read_config(_parsed(origin, inner["config"]), origin), values if isinstance(values, str) else None
    if "{{" in text and not is_config(data):
        return Config({"sidecar": text}), None
    if isinstance(data, dict) and {"metadata", "spec"} & set(data) and "templates" not in data:
        return Config({"sidecar": text}), None
    return read_config(data, origin), None


def _data_of_config_map(data: Any) -> Mapping[str, Any] | None:
    if isinstance(data, dict) and data.get("kind") == "ConfigMap" and isinstance(data.get("data"), dict):
        inner: Mapping[str, Any] = data["data"]
        return inner
    return None


def _values(origin: str, text: str) -> dict[str, Any]:
    data = _parsed(origin, text)
    inner = _data_of_config_map(data)
    if inner is not None:
        data = _parsed(origin, inner["values"]) if isinstance(inner.get("values"), str) else None
    if data is None and inner is None:
        return {}
    if not isinstance(data, dict):
        raise SettingsError(f"{origin} holds no values: they are a mapping")
    return data


def _mesh(origin: str, text: str) -> dict[str, Any]:
    data = _parsed(origin, text)
    inner = _data_of_config_map(data)
    if inner is not None:
        data = _parsed(origin, inner["mesh"]) if isinstance(inner.get("mesh"), str) else None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise SettingsError(f"{origin} holds no mesh config: it is a mapping")
    return data


def _read_mesh(data: Any, origin: str) -> Message:
    try:
        return mesh_config(data)
    except MessageError as error:
        raise SettingsError(f"{origin}: {error.message}") from error


def _operator(file: str) -> tuple[dict[str, Any], dict[str, Any]]:
    data = _parsed(file, _read(file))
    spec = data.get("spec") if isinstance(data, dict) and data.get("kind") == "IstioOperator" else None
    if not isinstance(spec, dict):
        raise SettingsError(f"{file} is no IstioOperator with a spec")
    own = spec.get("values") if isinstance(spec.get("values"), dict) else {}
    shared = {key: spec[key] for key in ("hub", "tag") if spec.get(key) is not None}
    mesh = spec.get("meshConfig")
    return merged({"global": shared}, own), mesh if isinstance(mesh, dict) else {}


def _builtin_values(request: Request, revision: str) -> dict[str, Any]:
    found = builtin.values()
    found["revision"] = revision
    found["global"]["istioNamespace"] = request.istio_namespace
    return found


def _builtin_mesh(request: Request, revision: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The mesh config as the chart writes it."""
    settings = values.get("global")
    settings = settings if isinstance(settings, Mapping) else {}
    namespace = as_text(settings.get("istioNamespace")) or request.istio_namespace
    suffix = f"-{revision}" if revision else ""
    own = values.get("meshConfig")
    found = {
        "defaultConfig": {"discoveryAddress": f"istiod{suffix}.{namespace}.svc:15012"},
        "defaultProviders": {"metrics": ["prometheus"]},
        "enablePrometheusMerge": True,
        "rootNamespace": namespace,
        "trustDomain": as_text(settings.get("trustDomain")) or "cluster.local",
    }
    return dict(merged(found, own)) if isinstance(own, Mapping) else found
