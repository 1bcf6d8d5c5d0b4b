"""Principals in a mesh of several trust domains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meshctl.model.mesh_settings import MeshSettings

LOCAL = "cluster.local"
"""As the trust domain of a principal: that of the mesh, whatever it is."""


def trust_domains(settings: MeshSettings) -> Sequence[str]:
    """The trust domain of the mesh, and its aliases."""
    aliases = settings.get("trustDomainAliases")
    return tuple(dict.fromkeys((settings.trust_domain, *(aliases.texts if aliases is not None else ()))))


def in_all_domains(principals: Iterable[str], domains: Sequence[str]) -> list[str]:
    """The principals, each of the mesh's own trust domains written once for every one of them.

    Rule: one domain and its aliases are the same mesh. A principal of another domain, or with a wildcard for more than
    a part of its domain, stays as it is.
    """
    return list(dict.fromkeys(found for principal in principals for found in _variants(principal, domains)))


def _variants(principal: str, domains: Sequence[str]) -> Iterable[str]:
    domain, *rest = principal.split("/")
    if len(rest) != 4 or domain == "*":
        return (principal,)
    if domain != LOCAL and not any(_fits(domain, own) for own in domains):
        return (principal,)
    return ("/".join((domain if domain.startswith("*") and _fits(domain, own) else own, *rest)) for own in domains)


def _fits(pattern: str, domain: str) -> bool:
    if pattern.startswith("*"):
        return domain.endswith(pattern[1:])
    return domain == pattern or (pattern.endswith("*") and domain.startswith(pattern[:-1]))
