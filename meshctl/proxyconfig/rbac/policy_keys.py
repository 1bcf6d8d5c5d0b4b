"""The keys that istiod gives to rules of policies in filters: `ns[shop]-policy[deny-all]-rule[0]`."""

from __future__ import annotations

import re

from meshctl.proxyconfig.rbac.verdict import PolicyRule

CUSTOM_PREFIX = "istio-ext-authz-"
"""What the keys of a CUSTOM policy begin with: its rules select what an external authorizer is asked about."""

BAD_CUSTOM_SUFFIX = "-deny-due-to-bad-CUSTOM-action"
"""What they end with where there is no one authorizer to ask: such rules deny."""

_KEY = re.compile(rf"(?:{CUSTOM_PREFIX}(?:.+-)??)?ns\[(.*)\]-policy\[(.*)\]-rule\[(\d+)\](?:{BAD_CUSTOM_SUFFIX})?")


def parse(key: str) -> PolicyRule:
    """The rule of a key; only the key is known of one in another form, such as that of an EnvoyFilter."""
    found = _KEY.fullmatch(key)
    return PolicyRule(key, found[1], found[2], int(found[3])) if found else PolicyRule(key)
