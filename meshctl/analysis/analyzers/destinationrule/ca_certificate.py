"""TLS to destinations without authorities to check them with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NO_CA, NO_CA_FOR_PORT, Message
from meshctl.model.kinds.destination_rule import DESTINATION_RULE, policies
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot


@analyzer("destinationrule.CaCertificateAnalyzer", inputs={DESTINATION_RULE}, emits={NO_CA, NO_CA_FOR_PORT})
def ca_certificate(mesh: Snapshot) -> Iterator[Message]:
    """Checks that destination rules with TLS say which authorities servers are checked with."""
    for rule in mesh[DESTINATION_RULE]:
        args: dict[str, Any] = {"host": rule.spec["host"].text, "rule": rule.full_name, "namespace": rule.namespace}
        for policy in policies(rule):
            if _unchecked(policy["tls"]):
                yield NO_CA.at(_place(policy["tls"]), mode=policy["tls"]["mode"].text, **args)
            for settings in policy["portLevelSettings"]:
                tls = settings["tls"]
                if _unchecked(tls):
                    port = settings["port"]["number"].number
                    yield NO_CA_FOR_PORT.at(_place(tls), mode=tls["mode"].text, port=port, **args)


def _unchecked(tls: Field) -> bool:
    """Whether TLS is on and nothing is said about authorities: no file, no credential that has them, no waiver."""
    return (
        tls["mode"].text in ("SIMPLE", "MUTUAL")
        and not tls["caCertificates"].text
        and not tls["credentialName"].text
        and tls["insecureSkipVerify"].value is not True
    )


def _place(tls: Field) -> Field:
    return tls["caCertificates"] if tls["caCertificates"].present else tls["mode"]
