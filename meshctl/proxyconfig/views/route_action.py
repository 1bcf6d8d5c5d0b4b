"""The text of what a route does with a request."""

from __future__ import annotations

from meshctl.proxyconfig.routes import MirrorPolicy, RedirectAction, Route, RouteAction, VirtualHost

DETAILS = ("METHODS", "CONDITIONS", "DESTINATIONS", "REWRITE", "TIMEOUT", "RETRIES", "MIRRORS")

_REDIRECTS = {
    "MOVED_PERMANENTLY": "301",
    "FOUND": "302",
    "SEE_OTHER": "303",
    "TEMPORARY_REDIRECT": "307",
    "PERMANENT_REDIRECT": "308",
}


def destinations_text(route: Route) -> str:
    """Where requests go: clusters with their shares, a redirect, or an answer of the proxy's own."""
    if route.route:
        return _clusters_text(route.route)
    if route.redirect:
        return _redirect_text(route.redirect)
    if route.direct_response:
        return f"answers {route.direct_response.status}"
    return "not forwarded" if route.non_forwarding_action or route.filter_action else "-"


def _clusters_text(action: RouteAction) -> str:
    if action.weighted_clusters:
        parts = action.weighted_clusters.clusters
        total = sum(part.weight for part in parts) or 1
        return ", ".join(
            f"{part.name or f'header {part.cluster_header}'} {part.weight * 100 / total:.4g}%" for part in parts
        )
    if action.cluster_header:
        return f"by header {action.cluster_header}"
    plugin = action.cluster_specifier_plugin or ("inline" if action.inline_cluster_specifier_plugin else "")
    return action.cluster or (f"by plugin {plugin}" if plugin else "-")


def _redirect_text(redirect: RedirectAction) -> str:
    scheme = "https" if redirect.https_redirect else redirect.scheme_redirect
    port = f":{redirect.port_redirect}" if redirect.port_redirect else ""
    place = f"{scheme}://{redirect.host_redirect or '[host]'}{port}" if scheme else f"{redirect.host_redirect}{port}"
    path = redirect.path_redirect or (f"{redirect.prefix_rewrite}*" if redirect.prefix_rewrite else "")
    if redirect.regex_rewrite:
        path = f"~{redirect.regex_rewrite.pattern.regex}={redirect.regex_rewrite.substitution}"
    return f"redirects {_REDIRECTS.get(redirect.response_code, redirect.response_code)} to {place}{path}"


def details(route: Route, host: VirtualHost) -> tuple[str, ...]:
    """The cells that `-o wide` adds for the action of a route."""
    action = route.route
    if action is None:
        return destinations_text(route), "-", "-", "-", "-"
    return (
        destinations_text(route),
        _rewrite_text(action),
        "none" if action.timeout in ("0s", "0.000s") else action.timeout or "15s",
        _retries_text(action, host),
        _mirrors_text(action.request_mirror_policies or host.request_mirror_policies),
    )


def _rewrite_text(action: RouteAction) -> str:
    found = []
    if action.prefix_rewrite:
        found.append(f"path {action.prefix_rewrite}")
    if action.regex_rewrite:
        found.append(f"path ~{action.regex_rewrite.pattern.regex}={action.regex_rewrite.substitution}")
    if action.path_rewrite_policy:
        found.append("path by template")
    if action.host_rewrite_literal:
        found.append(f"host {action.host_rewrite_literal}")
    if action.auto_host_rewrite:
        found.append("host of the endpoint")
    if action.host_rewrite_header:
        found.append(f"host of header {action.host_rewrite_header}")
    if action.host_rewrite_path_regex:
        found.append("host out of the path")
    return ", ".join(found) or "-"


def _retries_text(action: RouteAction, host: VirtualHost) -> str:
    policy = action.retry_policy or host.retry_policy
    if policy is None or not policy.retry_on:
        return "-"
    each = f" of {policy.per_try_timeout}" if policy.per_try_timeout else ""
    codes = ",".join(str(code) for code in policy.retriable_status_codes)
    return f"{policy.num_retries}{each} on {policy.retry_on}" + (f" ({codes})" if codes else "")


def _mirrors_text(policies: list[MirrorPolicy]) -> str:
    found = []
    for policy in policies:
        share = policy.runtime_fraction.default_value.percent if policy.runtime_fraction else 100
        found.append(f"{policy.cluster or f'by header {policy.cluster_header}'} {share:g}%")
    return ", ".join(found) or "-"
