"""MeshConfig and MeshNetworks: texts inside a ConfigMap, or files of their own."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.documents import Chunk, DocumentError, decode, parse, split
from meshctl.errors import UnreadableError
from meshctl.messages import REPEATED_KEY, SYNTAX, Message, Place
from meshctl.model.kind import Kind
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.kinds.mesh_networks import MESH_NETWORKS
from meshctl.model.mesh_settings import FROM_FILE
from meshctl.model.resource import Field, Resource, Source, Span

_LEADER = "control-plane.alpha.kubernetes.io/leader"
"""Annotation of ConfigMaps by which replicas of a program agree on a leader; those hold no settings."""

_KEYS = {"mesh": MESH_CONFIG, "meshNetworks": MESH_NETWORKS}


def embedded(config_map: Resource) -> Iterator[Resource | Message]:
    """The MeshConfig and MeshNetworks that a ConfigMap `istio` or `istio-<revision>` holds, or why they cannot be read.

    Source: istiod reads the keys `mesh` and `meshNetworks` of that ConfigMap in its own namespace.
    """
    if config_map.name != "istio" and not config_map.name.startswith("istio-"):
        return
    if _LEADER in config_map.annotations:
        return
    for key, kind in _KEYS.items():
        text = config_map.at("data", key)
        if text.text:
            yield from _read(text, kind)


def _read(text: Field, kind: Kind) -> Iterator[Resource | Message]:
    outer = text.resource
    source = _source(text)
    try:
        parsed = parse(source.chunk or Chunk(text.text, 1))
    except DocumentError as error:
        span = text.span
        if source.chunk is not None or span is None:
            span = Span(outer.source.file, error.line, error.column, error.line, error.column + 1)
        yield SYNTAX.in_file(Place(span, source), problem=f"{text.key}: {error.message}", hint=error.hint)
        return
    if parsed.data is not None and not isinstance(parsed.data, dict) and text.span is not None:
        problem = f"{text.key}: this is no mapping of fields to values, as a {kind.name} is"
        yield SYNTAX.in_file(Place(text.span, source), problem=problem, hint="")
    for remark in parsed.remarks if source.chunk is not None else ():
        if remark.kind == "repeated-key":
            span = Span(source.file, remark.line, remark.column, remark.line, remark.column + max(1, len(remark.key)))
            yield REPEATED_KEY.in_file(Place(span, source), key=remark.key, first_line=remark.first_line)
    data = parsed.data if isinstance(parsed.data, dict) else {}
    yield Resource(kind, kind.versions[0], outer.namespace, outer.name, data, source)


def _source(text: Field) -> Source:
    """The source of a document inside a block scalar; its lines follow the one with the `|`."""
    outer = text.resource.source
    span = outer.value((*text.resource.root, *text.path))
    if span is None or outer.chunk is None:
        return Source(outer.file, around=span)
    lines = outer.chunk.text.splitlines()
    first = span.line + 1 - outer.chunk.line
    content = text.text.splitlines()
    for offset, line in enumerate(content):
        if line.strip():
            if not (0 <= first + offset < len(lines) and lines[first + offset].strip() == line.strip()):
                break
            indent = len(lines[first + offset]) - len(lines[first + offset].lstrip())
            own = len(line) - len(line.lstrip())
            return Source(outer.file, Chunk(text.text, span.line + 1), indent=indent - own)
    return Source(outer.file, around=span)


def read_mesh_config(file: str, namespace: str) -> Resource:
    """The MeshConfig of a file: the bare mapping, or a ConfigMap that holds one.

    Raises `UnreadableError` for a file that cannot be read or holds no mapping.
    """
    try:
        with open(file, "rb") as opened:
            text = decode(opened.read())
    except OSError as error:
        raise UnreadableError(f"the mesh config {file} cannot be read: {(error.strerror or '').lower()}") from error
    except DocumentError as error:
        raise UnreadableError(f"{file}:{error.line}:{error.column}: {error.message}", hint=error.hint) from error
    for chunk in split(text):
        try:
            data = parse(chunk).data
        except DocumentError as error:
            raise UnreadableError(f"{file}:{error.line}:{error.column}: {error.message}", hint=error.hint) from error
        if data is None:
            continue
        if not isinstance(data, dict):
            break
        if data.get("kind") == "ConfigMap" and isinstance(data.get("data"), dict):
            outer = Resource(CONFIG_MAP, "v1", namespace, FROM_FILE, data, Source(file, chunk))
            for found in _read(outer.at("data", "mesh"), MESH_CONFIG):
                if isinstance(found, Resource):
                    return found
                place = found.span
                where = f"{place.file}:{place.line}" if place else file
                raise UnreadableError(f"{where}: {found.text}", hint=found.hint)
        return Resource(MESH_CONFIG, "v1alpha1", namespace, FROM_FILE, data, Source(file, chunk))
    raise UnreadableError(
        f"{file} holds no mesh config", hint="it is the mapping that the ConfigMap istio has under mesh"
    )
