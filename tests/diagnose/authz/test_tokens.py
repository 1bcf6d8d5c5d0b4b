"""RequestAuthentications: which tokens do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl import sources
from meshctl.diagnose.authz.policy_stack import policy_stack
from meshctl.model.attached_policies import ProxyIdentity
from meshctl.model.snapshot import Snapshot
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.deciding import decide
from meshctl.proxyconfig.rbac.verdict import Outcome

RULES = """
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: shop}
spec:
  jwtRules:
  - {issuer: a.example, jwks: '{"keys": []}', audiences: [shop]}
  - {issuer: b.example, jwks: '{"keys": []}'}
  - {issuer: b.example, jwks: '{"keys": []}', fromHeaders: [{name: x-token}]}
"""


@pytest.mark.parametrize(
    ("claims", "outcome"),
    [
        (None, Outcome.ALLOWED),
        ({"iss": "a.example", "aud": "shop"}, Outcome.ALLOWED),
        ({"iss": "a.example", "aud": "other"}, Outcome.DENIED),
        ({"iss": "b.example"}, Outcome.ALLOWED),
        ({"iss": "c.example"}, Outcome.DENIED),
    ],
)
def test_a_token_of_any_of_several_issuers_does(
    claims: dict[str, Any] | None, outcome: Outcome, tmp_path: Path
) -> None:
    """In a real Envoy: tests/proxyconfig/rbac/test_tokens_against_envoy.py; as in istio/istio issue 60823."""
    file = tmp_path / "tokens.yaml"
    file.write_text(RULES)
    mesh = Snapshot(sources.read([str(file)]).resources)
    found = policy_stack(mesh, ProxyIdentity("shop", {}), http=True)
    assert decide(found, Attributes(http=HttpRequest(), claims=claims)).outcome is outcome
