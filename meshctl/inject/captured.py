"""Reads configuration that was captured from a cluster: the texts of ConfigMaps, or the ConfigMaps as objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshctl.documents import DocumentError, decode, parse, split
from meshctl.errors import UnreadableError
from meshctl.inject.settings import Config, SettingsError, is_config, read_config

KEYS = ("config", "values", "mesh")
"""What the ConfigMaps hold: the injector's configuration and its values, and the mesh config."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and where it is from."""

    origin: str
    text: str


def texts(file: str, key: str) -> dict[str, Text]:
    """What a file given for a key holds: that key's text, or a stream of objects with the ConfigMaps of any of them.

    Raises `UnreadableError`.
    """
    text = read_file(file)
    maps = list(_config_maps(text))
    if not maps:
        return {key: Text(file, text)}
    found = {
        name: Text(f"{file}, {name}", value)
        for data in maps
        for name, value in data.items()
        if name in KEYS and isinstance(value, str)
    }
    if key not in found:
        raise SettingsError(f"{file} holds ConfigMaps, but none with the key {key}")
    return found


def _config_maps(text: str) -> Iterator[Mapping[str, Any]]:
    """The data of the ConfigMaps among the objects of a text, which may hold Lists of them."""
    if "ConfigMap" not in text:
        return
    try:
        objects = [parse(chunk).data for chunk in split(text)]
    except DocumentError:
        return  # a template, or a mistake that is told when the text is used
    for data in objects:
        items = data.get("items") if isinstance(data, dict) and str(data.get("kind", "")).endswith("List") else [data]
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("kind") == "ConfigMap" and isinstance(item.get("data"), dict):
                yield item["data"]


def read_file(file: str) -> str:
    """The text of a file; raises `UnreadableError`."""
    try:
        return decode(Path(file).read_bytes())
    except OSError as error:
        raise UnreadableError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except DocumentError as error:
        raise UnreadableError(f"{file}:{error.line}:{error.column}: {error.message}", hint=error.hint) from error


def parsed(source: Text) -> Any:
    """The first document of a text that is not empty; None without one. Raises `SettingsError`."""
    for chunk in split(source.text):
        try:
            data = parse(chunk).data
        except DocumentError as error:
            where = f"{source.origin}:{error.line}:{error.column}"
            raise SettingsError(f"{where}: {error.message}", hint=error.hint) from error
        if data is not None:
            return data
    return None


def config(source: Text) -> Config:
    """The injector's configuration: a text of it, or that of a single template, which is the one called `sidecar`.

    Raises `SettingsError`.
    """
    text = source.text
    try:
        data = parsed(source)
    except SettingsError:
        if "{{" not in text:
            raise
        return Config({"sidecar": text})
    if "{{" in text and not is_config(data):
        return Config({"sidecar": text})
    if isinstance(data, dict) and {"metadata", "spec"} & set(data) and "templates" not in data:
        return Config({"sidecar": text})
    return read_config(data, source.origin)


def mapping(source: Text, what: str) -> dict[str, Any]:
    """The values or the mesh config in a text; empty for an empty one. Raises `SettingsError`."""
    data = parsed(source)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise SettingsError(f"{source.origin} holds no {what}: it must be a mapping")
    return data
