"""The functions that Helm adds to sprig's, for templates of charts."""

from __future__ import annotations

from typing import Any

from meshctl.gotemplate.errors import FunctionError, LimitError, TemplateError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.sprig import SPRIG
from meshctl.gotemplate.functions.sprig.serialization import read_json
from meshctl.gotemplate.json_writer import json_text
from meshctl.gotemplate.quoting import quote
from meshctl.gotemplate.rendering import Rendering
from meshctl.gotemplate.toml_writer import toml_text
from meshctl.gotemplate.values import Int64
from meshctl.gotemplate.yaml_reader import read_yaml
from meshctl.gotemplate.yaml_writer import yaml_text


def include(run: Rendering, name: str, data: Any) -> str:
    """The output of a template as a string."""
    template = run.templates.lookup(name)
    if template is None:
        raise FunctionError(f"template: no template {quote(name)} associated with this set")
    try:
        return run.nested(template, data)
    except (TemplateError, LimitError) as error:
        raise FunctionError(str(error)) from error


def tpl(run: Rendering, text: str, data: Any) -> str:
    """The output of a text that is itself a template; what has no value leaves nothing in it."""
    templates = run.templates.copy()
    try:
        templates.add("tpl", text)
        template = templates.lookup("tpl")
        return "" if template is None else run.nested(template, data, templates).replace("<no value>", "")
    except (TemplateError, LimitError) as error:
        raise FunctionError(str(error)) from error


def required(message: str, value: Any) -> Any:
    """The value, or the end of the rendering if there is none."""
    if value is None or value == "":
        raise FunctionError(message)
    return value


def to_yaml(value: Any) -> str:
    """The YAML of a value, without a line break at its end; nothing for what has no YAML."""
    try:
        return must_to_yaml(value)
    except FunctionError:
        return ""


def must_to_yaml(value: Any) -> str:
    """The YAML of a value, without a line break at its end."""
    return yaml_text(value).removesuffix("\n")


def must_to_yaml_document(value: Any) -> str:
    """The YAML of a value as a whole document, with a line break at its end."""
    return yaml_text(value)


def must_from_yaml(text: str) -> Any:
    """The value that a YAML text holds."""
    return read_yaml(text)


def from_yaml(text: str) -> dict[str, Any]:
    """The map that a YAML text holds; a map with the key `Error` if it holds none."""
    return _map(read_yaml, text)


def from_json(text: str) -> dict[str, Any]:
    """The map that a JSON text holds; a map with the key `Error` if it holds none."""
    return _map(read_json, text)


def _map(read: Any, text: str) -> dict[str, Any]:
    try:
        value = read(text)
    except FunctionError as error:
        return {"Error": str(error)}
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"Error": "the text is no map"}


def from_yaml_array(text: str) -> list[Any]:
    """The list that a YAML text holds; a list of one message if it holds none."""
    return _list(read_yaml, text)


def from_json_array(text: str) -> list[Any]:
    """The list that a JSON text holds; a list of one message if it holds none."""
    return _list(read_json, text)


def _list(read: Any, text: str) -> list[Any]:
    try:
        value = read(text)
    except FunctionError as error:
        return [str(error)]
    if value is None:
        return []
    return value if isinstance(value, list) else ["the text is no list"]


def to_json(value: Any) -> str:
    """The JSON of a value, or nothing if it has none."""
    try:
        return json_text(value)
    except FunctionError:
        return ""


def to_yaml_pretty(value: Any) -> str:
    """The YAML of a value with lists moved to the right and long lines whole, without a line break at its end."""
    try:
        return yaml_text(value, pretty=True).removesuffix("\n")
    except FunctionError:
        return ""


def must_to_toml(value: Any) -> str:
    """The TOML of a map."""
    return toml_text(value)


def to_toml(value: Any) -> str:
    """The TOML of a map, or a message if it has none."""
    try:
        return toml_text(value)
    except FunctionError as error:
        return str(error)


def from_toml(text: str) -> dict[str, Any]:
    """The map that a TOML text holds; a map with the key `Error` if it holds none."""
    import tomllib

    try:
        return {key: _typed_integers(value) for key, value in tomllib.loads(text).items()}
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return {"Error": str(error)}


def _typed_integers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _typed_integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed_integers(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return Int64(value)
    return value if isinstance(value, str | bool | float) else str(value)


def get_host_by_name(name: str) -> str:
    """Nothing: charts are rendered without asking the network."""
    return ""


def lookup(api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
    """Nothing: charts are rendered without a cluster."""
    return {}


HELM: FunctionMap = {
    **{name: function for name, function in SPRIG.items() if name not in ("env", "expandenv")},
    "fromJson": from_json,
    "fromJsonArray": from_json_array,
    "fromYaml": from_yaml,
    "fromYamlArray": from_yaml_array,
    "fromToml": from_toml,
    "getHostByName": get_host_by_name,
    "include": include,
    "lookup": lookup,
    "mustToJson": json_text,
    "mustToToml": must_to_toml,
    "mustToYaml": must_to_yaml,
    "required": required,
    "toJson": to_json,
    "toToml": to_toml,
    "toYaml": to_yaml,
    "toYamlPretty": to_yaml_pretty,
    "tpl": tpl,
}
"""Every function of chart templates by its name."""
