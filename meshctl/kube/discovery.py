"""The kinds that an API server serves, by its aggregated discovery (Kubernetes 1.30 and later)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind as an API server serves it: where its objects lie."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()
    short_names: tuple[str, ...] = ()
    singular: str = ""

    @property
    def api_version(self) -> str:
        """Group and version as objects write them."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "") -> str:
        """The path of the collection, in all namespaces without one, or of the object of that name."""
        steps = ["/apis", self.group, self.version] if self.group else ["/api", self.version]
        if namespace and self.namespaced:
            steps += ["namespaces", quote(namespace, safe="")]
        steps.append(self.plural)
        return "/".join([*steps, quote(name, safe=":")] if name else steps)

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


class ResourceTypes:
    """All kinds of a server; of the versions of a kind, the server's preferred one comes first."""

    def __init__(self, answers: Iterable[Mapping[str, Any]]) -> None:
        self._by_kind: dict[tuple[str, str], list[ResourceType]] = {}
        for answer in answers:
            for item in answer.get("items", ()):
                self._add_group(item)

    def _add_group(self, item: Mapping[str, Any]) -> None:
        group = (item.get("metadata") or {}).get("name", "")
        for version in item.get("versions", ()):
            for entry in version.get("resources", ()):
                kind = (entry.get("responseKind") or {}).get("kind", "")
                found = ResourceType(
                    group,
                    version.get("version", ""),
                    kind,
                    entry.get("resource", ""),
                    entry.get("scope") == "Namespaced",
                    frozenset(entry.get("verbs", ())),
                    tuple(entry.get("shortNames", ())),
                    entry.get("singularResource", ""),
                )
                self._by_kind.setdefault((group, kind), []).append(found)

    def __iter__(self) -> Iterator[ResourceType]:
        for versions in self._by_kind.values():
            yield from versions

    def find(self, group: str, kind: str, version: str = "") -> ResourceType | None:
        """The type of a kind, in the server's preferred version unless one is named; None if it is not served."""
        versions = self._by_kind.get((group, kind), ())
        return next((found for found in versions if not version or found.version == version), None)

    def versions(self, group: str, kind: str) -> tuple[str, ...]:
        """The versions in which a kind is served, the preferred one first."""
        return tuple(found.version for found in self._by_kind.get((group, kind), ()))

    def named(self, word: str) -> ResourceType | None:
        """The type that a word of kubectl stands for: `po`, `pod`, `pods`, `deployment.apps`, `gateways.gateway...`."""
        name, _, group = word.lower().partition(".")
        for versions in self._by_kind.values():
            found = versions[0]
            if group and not (found.group == group or found.group.startswith(f"{group}.")):
                continue
            if name in (found.plural, found.singular, found.kind.lower(), *found.short_names):
                return found
        return None
