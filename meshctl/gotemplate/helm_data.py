"""What the templates of Helm charts get: `.Values`, `.Chart`, `.Files` and `.Capabilities`."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.functions.text import from_bytes
from meshctl.gotemplate.quoting import quote
from meshctl.gotemplate.types import GoType, StructField, map_of, pointer_to, slice_of
from meshctl.gotemplate.values import Pointer, TypedList, TypedMap, typed
from meshctl.gotemplate.yaml_writer import yaml_text


def values(data: Mapping[str, Any]) -> TypedMap:
    """JSON-like data as charts see them, `.Values`: every number is a floating-point one."""
    return TypedMap(_VALUES, {key: _floating(item) for key, item in data.items()})


def _floating(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _floating(item) for key, item in data.items()}
    if isinstance(data, list):
        return [_floating(item) for item in data]
    return float(data) if isinstance(data, int) and not isinstance(data, bool) else data


def values_within(around: Mapping[str, Any], name: str) -> TypedMap:
    """The `.Values` of a chart within another, whose own hold them under its name."""
    return TypedMap(_VALUES, around[name])


def _table(receiver: TypedMap, path: str) -> TypedMap:
    found: Any = receiver
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise FunctionError(f"{quote(step)} is not a table")
    return TypedMap(_VALUES, found)


def _path_value(receiver: TypedMap, path: str) -> Any:
    before, _, name = path.rpartition(".")
    found = (_table(receiver, before) if before else receiver).get(name)
    if found is None or isinstance(found, dict):
        raise FunctionError(f"{quote(path)} is not a value")
    return found


_VALUES = map_of(
    types.ANY,
    "common.Values",
    {
        "AsMap": lambda receiver: dict(receiver),
        "PathValue": _path_value,
        "Table": _table,
        "YAML": lambda receiver: yaml_text(receiver),
    },
)


_TEXTS = ("Name", "Home", "Version", "Description", "Icon", "APIVersion", "Condition", "Tags", "AppVersion",
          "KubeVersion", "Type")  # fmt: skip
_FIELDS = {"APIVersion": "apiVersion"}
"""Fields of Chart.yaml that Go names otherwise than with a first capital."""


def chart(metadata: Mapping[str, Any], *, root: bool = True) -> dict[str, Any]:
    """What Chart.yaml says as charts see it, `.Chart`: each known field by its Go name, with or without a value.

    `root` is false for a chart within another.
    """
    found: dict[str, Any] = {name: _field(metadata, name, "") for name in _TEXTS}
    found |= {name: _field(metadata, name, []) for name in ("Sources", "Keywords")}
    maintainers = metadata.get("maintainers") or []
    found["Maintainers"] = [
        {name: item.get(name.lower()) or "" for name in ("Name", "Email", "URL")}
        for item in maintainers
        if isinstance(item, dict)
    ]
    found["Annotations"] = TypedMap(types.STRING_MAP, metadata.get("annotations"))
    found["Dependencies"] = [_dependency(item) for item in metadata.get("dependencies") or [] if isinstance(item, dict)]
    return {**found, "Deprecated": bool(metadata.get("deprecated")), "IsRoot": root}


def _dependency(entry: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: entry.get(name.lower()) or "" for name in ("Name", "Version", "Repository", "Condition", "Alias")
    }
    lists = {"Tags": entry.get("tags") or [], "ImportValues": entry.get("import-values") or []}
    return {**found, **lists, "Enabled": bool(entry.get("enabled"))}


def _field(metadata: Mapping[str, Any], name: str, default: Any) -> Any:
    found = metadata.get(_FIELDS.get(name, name[:1].lower() + name[1:]))
    return default if found is None else found


def files(contents: Mapping[str, bytes]) -> TypedMap:
    """The files of a chart that are no templates, by their paths: `.Files`."""
    return TypedMap(_FILES, contents)


def _get(receiver: TypedMap, path: str) -> str:
    return from_bytes(receiver.get(path, b""))


def _get_bytes(receiver: TypedMap, path: str) -> bytes:
    found: bytes = receiver.get(path, b"")
    return found


def _lines(receiver: TypedMap, path: str) -> TypedList:
    text = _get(receiver, path)
    return TypedList(types.STRING_LIST, text.removesuffix("\n").split("\n") if text else [])


def _glob(receiver: TypedMap, pattern: str) -> TypedMap:
    expression = re.compile(_glob_expression(pattern), re.DOTALL)
    return files({path: content for path, content in receiver.items() if expression.fullmatch(path)})


@lru_cache(maxsize=64)
def _glob_expression(pattern: str) -> str:
    """`*` and `?` stop at slashes, `**` does not; `[...]` is one character, `{a,b}` one of several patterns."""
    pieces: list[str] = []
    depth = at = 0
    while at < len(pattern):
        char = pattern[at]
        end = pattern.find("]", at + 2) if char == "[" else -1
        if pattern.startswith("**", at):
            pieces.append(".*")
            at += 1
        elif char in "*?":
            pieces.append("[^/]*" if char == "*" else "[^/]")
        elif end > 0:
            body = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            pieces.append("[" + ("^" + body[1:] if body[0] in "!^" else body) + "]")
            at = end
        elif char == "{":
            pieces.append("(?:")
            depth += 1
        elif depth and char in ",}":
            pieces.append("|" if char == "," else ")")
            depth -= char == "}"
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            pieces.append(re.escape(pattern[at]))
        else:
            pieces.append(re.escape(char))
        at += 1
    return "".join(pieces) + ")" * depth


def _by_name(receiver: TypedMap) -> list[tuple[str, bytes]]:
    return [(path.rpartition("/")[2], content) for path, content in sorted(receiver.items())]


def _as_config(receiver: TypedMap) -> str:
    found = {name: from_bytes(content) for name, content in _by_name(receiver)}
    return "" if receiver.is_nil else yaml_text(found).removesuffix("\n")


def _as_secrets(receiver: TypedMap) -> str:
    found = {name: base64.b64encode(content).decode() for name, content in _by_name(receiver)}
    return "" if receiver.is_nil else yaml_text(found).removesuffix("\n")


_FILES = map_of(
    types.BYTES,
    "engine.files",
    {
        "AsConfig": _as_config,
        "AsSecrets": _as_secrets,
        "Get": _get,
        "GetBytes": _get_bytes,
        "Glob": _glob,
        "Lines": _lines,
    },
)


def _has(receiver: TypedList, version: str) -> bool:
    return version in receiver


def _strings(*names: str) -> dict[str, StructField]:
    return {name: StructField(name, types.STRING) for name in names}


_KUBE_VERSION = GoType(
    "common.KubeVersion",
    "struct",
    fields=_strings("Version", "Major", "Minor"),
    methods={
        "GitVersion": lambda receiver: receiver.field("Version"),
        "String": lambda receiver: receiver.field("Version"),
    },
)
_HELM_VERSION = GoType(
    "version.BuildInfo", "struct", fields=_strings("Version", "GitCommit", "GitTreeState", "GoVersion")
)
_CAPABILITIES = GoType(
    "common.Capabilities",
    "struct",
    fields={
        "KubeVersion": StructField("KubeVersion", _KUBE_VERSION),
        "APIVersions": StructField("APIVersions", slice_of(types.STRING, "common.VersionSet", {"Has": _has})),
        "HelmVersion": StructField("HelmVersion", _HELM_VERSION),
    },
)


def capabilities(kube_version: str, api_versions: Iterable[str], helm_version: str = "v4.2") -> Pointer:
    """What the cluster can do: `.Capabilities`. Versions are like `v1.36.0`, API versions like `apps/v1`."""
    major, _, rest = kube_version.removeprefix("v").partition(".")
    data = {
        "KubeVersion": {"Version": kube_version, "Major": major, "Minor": rest.partition(".")[0]},
        "APIVersions": list(api_versions),
        "HelmVersion": {"Version": helm_version},
    }
    found: Pointer = typed(data, pointer_to(_CAPABILITIES))
    return found
