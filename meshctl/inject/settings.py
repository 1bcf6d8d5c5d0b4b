"""What injection is steered by: the injector's configuration, the values and the mesh config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meshctl.errors import UnreadableError
from meshctl.inject.decision import Policy, is_selective
from meshctl.inject.protobuf import Message

GATEWAY_TEMPLATES = frozenset({"kube-gateway", "waypoint", "agentgateway", "agentgateway-waypoint"})
"""Templates that the control plane renders for Gateways; they see other data than those for pods."""

_KEYS = frozenset(
    {
        "policy",
        "defaultTemplates",
        "templates",
        "template",
        "aliases",
        "alwaysInjectSelector",
        "neverInjectSelector",
        "injectedAnnotations",
        "rawTemplates",
    }
)


class SettingsError(UnreadableError):
    """A configuration that cannot be used."""


@dataclass(frozen=True, slots=True)
class Config:
    """The injector's configuration, as the ConfigMap `istio-sidecar-injector` holds it under `config`."""

    templates: Mapping[str, str]
    policy: Policy = field(default_factory=Policy)
    default_templates: Sequence[str] = ("sidecar",)
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    injected_annotations: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that injection needs besides the pods; the numbers in `values` are floating-point, as in Go."""

    config: Config
    values: Mapping[str, Any]
    mesh: Message
    revision: str = ""
    native_sidecars: bool = False
    origin: str = "the built-in configuration"

    def value(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path; the default where it is missing or null."""
        found: Any = self.values
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        return default if found is None else found

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of the control plane, as far as the values tell them."""
        found = self.value("pilot.env", {})
        return {str(key): as_text(item) for key, item in found.items()} if isinstance(found, Mapping) else {}


def as_text(value: Any) -> str:
    """A value as Go prints it into a template."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return "" if value is None else str(value)


def floating(data: Any) -> Any:
    """JSON-like data with all numbers as floating-point ones."""
    if isinstance(data, dict):
        return {str(key): floating(value) for key, value in data.items()}
    if isinstance(data, list):
        return [floating(item) for item in data]
    return float(data) if isinstance(data, int) and not isinstance(data, bool) else data


def merged(older: Any, newer: Any) -> Any:
    """Values over others: mappings are merged, anything else is replaced."""
    if isinstance(older, Mapping) and isinstance(newer, Mapping):
        found = dict(older)
        for key, value in newer.items():
            found[key] = merged(older[key], value) if key in older else value
        return found
    return newer


def read_config(data: Any, origin: str) -> Config:
    """The configuration out of its parsed YAML; raises `SettingsError`."""
    if not isinstance(data, dict):
        raise SettingsError(f"{origin} is no configuration of the injector: it must be a mapping")
    templates = data.get("templates")
    if not isinstance(templates, dict) or not templates:
        known = {name.lower() for name in _KEYS}
        strange = [key for key in data if key not in _KEYS and str(key).lower() not in known]
        hint = f"is {strange[0]!r} a typing error?" if strange else "templates maps their names to their texts"
        raise SettingsError(f"{origin} has no templates", hint=hint)
    for name, text in templates.items():
        if not isinstance(text, str):
            raise SettingsError(f"{origin}: the template {name!r} must be a text")
    warnings: list[str] = []
    annotations = data.get("injectedAnnotations") or {}
    aliases = data.get("aliases") or {}
    if not isinstance(annotations, dict) or not isinstance(aliases, dict):
        raise SettingsError(f"{origin}: injectedAnnotations and aliases must be mappings")
    return Config(
        templates,
        Policy(
            _policy(data, warnings),
            _selectors(data, "neverInjectSelector", warnings),
            _selectors(data, "alwaysInjectSelector", warnings),
        ),
        tuple(_names(data.get("defaultTemplates"), f"{origin}: defaultTemplates")) or ("sidecar",),
        {str(key): tuple(_names(value, f"{origin}: aliases.{key}")) for key, value in aliases.items()},
        {str(key): as_text(value) for key, value in annotations.items()},
        tuple(warnings),
    )


def _policy(data: Mapping[str, Any], warnings: list[str]) -> str:
    """A control plane without a policy injects nothing; a file of templates without one is meant to be used."""
    if data.get("policy") is None:
        warnings.append("there is no policy, which is taken as enabled; a control plane would inject nothing")
        return "enabled"
    return as_text(data["policy"])


def is_config(data: Any) -> bool:
    """Whether parsed YAML is meant as a configuration, rather than as the text of one template."""
    if not isinstance(data, dict) or {"metadata", "spec"} & set(data):
        return False
    return bool(_KEYS & set(data)) or all(isinstance(key, str) and "{{" not in key for key in data)


def _names(data: Any, where: str) -> list[str]:
    if data is None:
        return []
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise SettingsError(f"{where} must be a list of names")
    return data


def _selectors(data: Mapping[str, Any], key: str, warnings: list[str]) -> list[dict[str, Any]]:
    found = data.get(key)
    kept = []
    for index, item in enumerate(found if isinstance(found, list) else ()):
        if not is_selective(item):
            continue
        if _is_sound(item):
            kept.append(item)
        else:
            warnings.append(f"{key}[{index}] is no label selector and does not count")
    return kept


def _is_sound(selector: Mapping[str, Any]) -> bool:
    expressions, labels = selector.get("matchExpressions") or [], selector.get("matchLabels") or {}
    if not isinstance(expressions, list) or not isinstance(labels, dict):
        return False
    for item in expressions:
        if not isinstance(item, dict) or not isinstance(item.get("key"), str):
            return False
        values = item.get("values") or []
        if not isinstance(values, list) or item.get("operator") not in ("In", "NotIn", "Exists", "DoesNotExist"):
            return False
        if bool(values) != (item["operator"] in ("In", "NotIn")):
            return False
    return True
