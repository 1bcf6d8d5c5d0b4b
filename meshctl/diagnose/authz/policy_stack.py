"""The filters about access that istiod sends to a proxy, out of the policies of a mesh.

They are what istiod 1.31 sends, as far as it depends on policies: filters of other kinds are left out, and Envoy's own
order of fields does not count.
"""

from __future__ import annotations

from meshctl.diagnose.authz.filters import Translation
from meshctl.diagnose.authz.tokens import token_filters
from meshctl.diagnose.authz.trust_domains import trust_domains
from meshctl.model.attached_policies import ProxyIdentity, attached
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.mesh_settings import MeshSettings, mesh_settings
from meshctl.model.snapshot import Snapshot
from meshctl.proxyconfig.network_filters import HttpConnectionManager
from meshctl.proxyconfig.rbac.stack import FilterStack

_KEEP, _DECODE = "KEEP_UNCHANGED", "UNESCAPE_AND_FORWARD"


def policy_stack(mesh: Snapshot, proxy: ProxyIdentity, *, http: bool, edge: bool = False) -> FilterStack:
    """The filters for a port of a proxy that speaks HTTP there, or does not; `edge` says that it is a gateway's.

    The order is istiod's: external authorizers see requests before tokens are checked.
    """
    settings = mesh_settings(mesh)
    policies = attached(mesh, AUTHORIZATION_POLICY, proxy)
    translation = Translation(settings, trust_domains(settings), http)
    tokens = token_filters(attached(mesh, REQUEST_AUTHENTICATION, proxy)) if http else ()
    filters = (*translation.asking(policies), *tokens, *translation.filters(policies))
    return FilterStack(filters, http, _manager(settings, edge=edge) if http else None)


def _manager(settings: MeshSettings, *, edge: bool) -> HttpConnectionManager:
    """How the proxy puts paths in order, by `pathNormalization` of the mesh, and what it believes of headers."""
    how = settings.text("pathNormalization", "normalization", default="BASE")
    hops = settings.get("defaultConfig", "gatewayTopology", "numTrustedProxies") if edge else None
    return HttpConnectionManager(
        normalize_path=how != "NONE",
        merge_slashes="MERGE_SLASHES" in how,
        path_with_escaped_slashes_action=_DECODE if how == "DECODE_AND_MERGE_SLASHES" else _KEEP,
        use_remote_address=edge,
        xff_num_trusted_hops=hops.value if hops is not None and isinstance(hops.value, int) else 0,
        forward_client_cert_details="SANITIZE_SET" if edge else "APPEND_FORWARD",
    )
