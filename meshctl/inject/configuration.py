"""Where the settings of injection come from: built in, files captured from a cluster, or a cluster itself."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from meshctl.errors import UnreadableError, UsageError
from meshctl.inject import builtin, captured
from meshctl.inject.mesh_config import mesh_config
from meshctl.inject.protobuf import Message, MessageError
from meshctl.inject.settings import Config, Settings, SettingsError, as_text, floating, merged

_CONFIG_MAP = "istio-sidecar-injector"
_MESH_CONFIG_MAP = "istio"
_NATIVE = "ENABLE_NATIVE_SIDECARS"
_NATIVE_SINCE = 33
"""The minor version of Kubernetes from which on the control plane uses native sidecars by itself."""

_CAPTURED_PARTS = frozenset({"global", "revision", "sidecarInjectorWebhook"})
"""What every control plane writes into the values for its injector."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for; empty names stand for what is built in."""

    config_file: str = ""
    mesh_file: str = ""
    values_file: str = ""
    operator_file: str = ""
    values_files: Sequence[str] = ()
    sets: Sequence[str] = ()
    """Assignments to values, `path=value`; `meshConfig.` leads into the mesh config."""
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
    own = _own(request)
    revision = revision or as_text(own.tree.get("revision"))
    texts = _files(request)
    if cluster is not None:
        missing = [key for key in captured.KEYS if key not in texts]
        texts = _from_cluster(request, cluster, revision, missing) | texts
    config, values, mesh = _builtin(request, revision, own)
    origin, mesh_origin = "the built-in configuration", "the mesh config"
    if "config" in texts:
        origin, config = texts["config"].origin, captured.config(texts["config"])
    if "values" in texts:
        found = captured.mapping(texts["values"], "values")
        # What a cluster holds is whole: a value that it lacks was taken away. A file of a few values is no capture.
        whole = set(found) >= _CAPTURED_PARTS
        values = merged(found if whole else merged(values, found), own.values)
    if "mesh" in texts:
        mesh_origin = texts["mesh"].origin
        mesh = merged(captured.mapping(texts["mesh"], "mesh config"), own.mesh)
    values = floating(values)
    native = request.native_sidecars
    if native is None:
        native = _native(values, cluster)
    return Settings(config, values, _read_mesh(mesh, mesh_origin), revision, native, origin)


def injector_config(request: Request, cluster: Cluster) -> Config:
    """The injector's configuration alone, of a revision that runs in a cluster; raises a `MeshctlError`."""
    revision = "" if request.revision == "default" else request.revision
    return captured.config(_from_cluster(request, cluster, revision, ("config",))["config"])


@dataclass(frozen=True, slots=True)
class _Own:
    """What the user sets over everything else, in one tree of values: the mesh config is under `meshConfig`."""

    tree: dict[str, Any]

    @property
    def values(self) -> dict[str, Any]:
        return {key: value for key, value in self.tree.items() if key != "meshConfig"}

    @property
    def mesh(self) -> dict[str, Any]:
        found = self.tree.get("meshConfig")
        return found if isinstance(found, dict) else {}


def _own(request: Request) -> _Own:
    """The IstioOperator, the values files and the flags, the later ones over the earlier ones."""
    tree: dict[str, Any] = {}
    if request.operator_file:
        from meshctl.charts.installation import resolve

        tree = copy.deepcopy(dict(resolve([request.operator_file]).values))
    for file in request.values_files:
        tree = merged(tree, captured.mapping(captured.Text(file, captured.read_file(file)), "values"))
    if request.sets:
        from meshctl.charts.set_flags import assign, parse_assignment
        from meshctl.charts.value_types import type_of

        spec = {"values": tree}
        for text in request.sets:
            assign(spec, parse_assignment(_below_spec(text), type_of))
    return _Own(tree)


def _below_spec(text: str) -> str:
    """An assignment to values as one to the `spec` of an IstioOperator, whose fields have types."""
    first = text.partition("=")[0].strip().partition(".")[0]
    if "=" not in text:
        raise UsageError(f"--set {text!r} gives no value", hint="write --set path=value")
    if first == "values":
        return text
    return f"values.global.{text}" if first in ("hub", "tag") else f"values.{text}"


def _files(request: Request) -> dict[str, captured.Text]:
    """The texts of the files by key; one file may hold several, what is named for a key wins."""
    named = (("config", request.config_file), ("values", request.values_file), ("mesh", request.mesh_file))
    found: dict[str, captured.Text] = {}
    own: dict[str, captured.Text] = {}
    for key, file in named:
        if file:
            texts = captured.texts(file, key)
            found |= texts
            own[key] = texts[key]
    return found | own


def _builtin(request: Request, revision: str, own: _Own) -> tuple[Config, dict[str, Any], dict[str, Any]]:
    """The configuration, values and mesh config of the built-in chart with the user's own values."""
    namespace = request.istio_namespace
    if not own.tree and not revision and namespace == "istio-system":
        return Config(builtin.templates()), builtin.values(), builtin.mesh_config()
    wanted = merged({"global": {"istioNamespace": namespace}}, own.tree)
    if not isinstance(wanted["global"], dict):
        raise SettingsError("the value global must be a mapping")
    if revision:
        wanted["revision"] = revision
    found = builtin.rendered(wanted, as_text(wanted["global"]["istioNamespace"]) or namespace)
    origin = "the built-in configuration"
    return (
        captured.config(captured.Text(origin, found.config)),
        captured.mapping(captured.Text(origin, found.values), "values"),
        captured.mapping(captured.Text(origin, found.mesh), "mesh config"),
    )


def _native(values: Mapping[str, Any], cluster: Cluster | None) -> bool:
    """What the control plane would do: as its variable says, or else as all of the nodes can."""
    pilot = values.get("pilot")
    variables = pilot.get("env") if isinstance(pilot, Mapping) else None
    wish = as_text(variables.get(_NATIVE)) if isinstance(variables, Mapping) else ""
    if wish in ("true", "false") or cluster is None:
        return wish == "true"
    minors = cluster.kubelet_minors()
    return bool(minors) and min(minors) >= _NATIVE_SINCE


def _from_cluster(request: Request, cluster: Cluster, revision: str, asked: Sequence[str]) -> dict[str, captured.Text]:
    found = {}
    wanted: dict[str, list[str]] = {}
    for key, name in (
        ("config", request.config_map),
        ("values", request.config_map),
        ("mesh", request.mesh_config_map),
    ):
        if key in asked:
            wanted.setdefault(name, []).append(key)
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
            found[key] = captured.Text(f"{where}, {key}", data[key])
    return found


def _read_mesh(data: Any, origin: str) -> Message:
    try:
        return mesh_config(data)
    except MessageError as error:
        raise SettingsError(f"{origin}: {error.message}") from error
