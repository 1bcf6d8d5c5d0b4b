"""The certificates: which kind, and how long they are good."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.view import Table
from meshctl.proxyconfig.views.secret import rows, select, table
from tests.proxyconfig import made

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


def pem(
    *, days: float = 30, age: float = 1, ca: bool = False, serial: int = 255, san: str = "", x400: bool = False
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(NOW - timedelta(days=age))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if san:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(san), x509.DNSName("a.b")])
        builder = builder.add_extension(names, critical=False)
    if x400:
        # A list of one X.400 address, a form of name that is read by nobody today.
        unread = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, bytes.fromhex("3004a3023000"))
        builder = builder.add_extension(unread, critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def chain(*parts: bytes) -> dict[str, Any]:
    inline = base64.b64encode(b"".join(parts)).decode()
    return {"tls_certificate": {"certificate_chain": {"inline_bytes": inline}}}


def shown(*secrets: dict[str, Any], wide: bool = False, **more: Any) -> Table:
    items = [{"name": f"s{index}", "secret": secret} for index, secret in enumerate(secrets)]
    section = {"@type": sections.SECRETS, "dynamic_active_secrets": items, **more}
    return table(rows(select(read(made.text(section)), static=wide)), NOW, wide=wide)


def test_the_first_certificate_counts() -> None:
    found = shown(chain(pem(serial=0xABC), pem(ca=True)), wide=True)
    [row] = found.rows
    assert row[:5] == ("s0", "Cert Chain", "ACTIVE", "true", f"{0xABC:032x}")
    assert row[5:7] == ("2026-07-01T12:00:00Z", "2026-05-31T12:00:00Z")
    assert dict(zip(found.columns, row, strict=True))["CHAIN"] == "2"


@pytest.mark.parametrize(
    ("days", "age", "valid"), [(1, 1, "true"), (-0.5, 1, "false"), (2, -1, "false"), (0, 1, "false"), (1, 0, "false")]
)
def test_valid_is_strictly_between_its_times(days: float, age: float, valid: str) -> None:
    [row] = shown(chain(pem(days=days, age=age))).rows
    assert row[3] == valid


@pytest.mark.parametrize(
    "secret",
    [
        {},
        {"tls_certificate": {"certificate_chain": {"filename": "/etc/cert.pem"}}},
        {"tls_certificate": {"certificate_chain": {"inline_bytes": "not base64!"}}},
        {"tls_certificate": {"certificate_chain": {"inline_bytes": base64.b64encode(b"no PEM").decode()}}},
        chain(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        {"generic_secret": {"secret": {"inline_string": "x"}}},
    ],
)
def test_what_cannot_be_read_is_not_valid(secret: dict[str, Any]) -> None:
    assert shown(secret).rows == [("s0", "", "ACTIVE", "false", "", "", "")]


def test_names_of_forms_that_cannot_be_read_do_not_hide_the_certificate() -> None:
    [row] = shown(chain(pem(x400=True))).rows
    assert row[:4] == ("s0", "Cert Chain", "ACTIVE", "true")


def bundle(*domains: str) -> dict[str, Any]:
    inline = base64.b64encode(pem(ca=True)).decode()
    trust = [{"name": domain, "trust_bundle": {"inline_bytes": inline}} for domain in domains]
    type_ = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig"
    config = {"name": "spiffe", "typed_config": {"@type": type_, "trust_domains": trust}}
    return {"validation_context": {"custom_validator_config": config}}


def test_a_row_for_each_trust_domain() -> None:
    found = shown(bundle("one.example", "two.example"))
    assert found.columns[-1] == "TRUST DOMAIN"
    assert [(row[0], row[1], row[-1]) for row in found.rows] == [
        ("s0", "CA", "one.example"),
        ("s0", "CA", "two.example"),
    ]


def test_the_trust_domain_is_shown_when_all_rows_have_one() -> None:
    workload = chain(pem(san="spiffe://cluster.local/ns/n/sa/s"))
    assert shown(workload).rows[0][-1] == "cluster.local"
    assert "TRUST DOMAIN" not in shown(workload, chain(pem())).columns


def test_wide_has_names_days_left_and_static_secrets() -> None:
    found = shown(
        chain(pem(san="spiffe://t/ns/n/sa/s")),
        wide=True,
        static_secrets=[{"name": "fixed", "secret": chain(pem(days=-2.5, age=9))}],
    )
    cells = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    assert [(row["RESOURCE NAME"], row["STATUS"]) for row in cells] == [("s0", "ACTIVE"), ("fixed", "STATIC")]
    assert (cells[0]["DAYS LEFT"], cells[0]["SANS"]) == ("30", "spiffe://t/ns/n/sa/s,a.b")
    assert (cells[1]["DAYS LEFT"], cells[1]["SANS"]) == ("-3", "-")


def test_warming_secrets_come_first() -> None:
    found = shown(chain(pem()), dynamic_warming_secrets=[{"name": "w", "secret": chain(pem())}])
    assert [(row[0], row[2]) for row in found.rows] == [("w", "WARMING"), ("s0", "ACTIVE")]


@pytest.mark.parametrize(
    ("days", "age", "near"),
    [
        (1, 89, True),  # a certificate of months in its last week
        (30, 60, False),
        (8, 365, False),
        (0.45, 0.55, False),  # a workload's, of a day, about to be renewed
        (0.05, 0.95, True),
        (-1, 30, True),
    ],
)
def test_rows_ask_for_attention_near_the_end(days: float, age: float, near: bool) -> None:
    assert bool(shown(chain(pem(days=days, age=age))).alarming) is near
