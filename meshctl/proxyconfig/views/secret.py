"""`proxy-config secret`: the certificates that the proxy holds, and how long they are good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from meshctl.proxyconfig.certificates import Certificate, certificates
from meshctl.proxyconfig.dump import ConfigDump, Entry, State
from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.errors import DumpError
from meshctl.proxyconfig.secrets import SPIFFE_VALIDATOR, Secret, SpiffeValidator
from meshctl.proxyconfig.view import Shown, Table
from meshctl.proxyconfig.views.whole import secrets_document

COLUMNS = ("RESOURCE NAME", "TYPE", "STATUS", "VALID CERT", "SERIAL NUMBER", "NOT AFTER", "NOT BEFORE")
TRUST_DOMAIN = "TRUST DOMAIN"
WIDE_COLUMNS = ("DAYS LEFT", "CHAIN", "SANS")

NEAR_DAYS = 7
"""From so many days left on, a certificate that lives for months should have been renewed."""

_NEAR_SHARE = 0.2
"""Workload certificates live for a day and are renewed at half of it: less than this share left is near the end."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: a certificate of a secret, or a secret without any that can be read."""

    secret: Entry[Secret]
    chain: list[Certificate]
    trust_domain: str

    @property
    def certificate(self) -> Certificate | None:
        """The first of the chain, which is the one that counts."""
        return self.chain[0] if self.chain else None

    def is_near_end(self, now: datetime) -> bool:
        """Whether the certificate has run out or soon will, without having been renewed."""
        found = self.certificate
        if found is None:
            return False
        left, life = found.not_after - now, found.not_after - found.not_before
        return left < life * _NEAR_SHARE and left.days < NEAR_DAYS


def select(dump: ConfigDump, *, static: bool = False) -> list[Entry[Secret]]:
    """Warming and active secrets, in the order of the dump; static ones too when they are asked for."""
    states = (State.WARMING, State.ACTIVE, *((State.STATIC,) if static else ()))
    return [entry for entry in dump.secrets if entry.state in states]


def rows(entries: list[Entry[Secret]]) -> list[Row]:
    """The rows of secrets: one for each, or one for each trust domain that it has certificates of."""
    return [row for entry in entries for row in _rows(entry)]


def _rows(entry: Entry[Secret]) -> Iterator[Row]:
    secret = entry.resource
    if secret.tls_certificate and secret.tls_certificate.certificate_chain.inline_bytes:
        yield _row(entry, secret.tls_certificate.certificate_chain.inline_bytes)
        return
    context = secret.validation_context
    if context and context.trusted_ca.inline_bytes:
        yield _row(entry, context.trusted_ca.inline_bytes)
        return
    validator = context.custom_validator_config if context else None
    if validator and validator.type == SPIFFE_VALIDATOR:
        for domain in decode(validator.typed_config, SpiffeValidator).trust_domains:
            yield _row(entry, domain.trust_bundle.inline_bytes, domain.name)
        return
    yield _row(entry, "")


def _row(entry: Entry[Secret], inline_bytes: str, trust_domain: str = "") -> Row:
    chain = certificates(inline_bytes)
    return Row(entry, chain, trust_domain or (chain[0].trust_domain if chain else ""))


ROOT = "ROOTCA"
"""The name under which istiod serves the certificates that sign those of workloads."""


def trusted(dump: ConfigDump, proxy: str) -> dict[str, str]:
    """The subjects of the root certificates that a proxy trusts, by fingerprint. Raises `DumpError` when none."""
    roots = [entry for entry in select(dump, static=True) if entry.name == ROOT]
    found = {item.fingerprint: item.subject for row in rows(roots) for item in row.chain}
    if not found:
        raise DumpError(f"{proxy} has no certificate {ROOT} that can be read", hint="see proxy-config secret")
    return found


def shown(dump: ConfigDump, found: list[Row], now: datetime) -> Shown:
    """What can be printed about secrets; JSON has the whole section."""
    return Shown(
        table=lambda wide: table(found, now, wide=wide),
        document=lambda: secrets_document(dump),
        names=lambda: list(dict.fromkeys(f"secret/{row.secret.name}" for row in found)),
    )


def table(found: list[Row], now: datetime, *, prefix: str = "", wide: bool = False) -> Table:
    """The table of rows; the trust domain is shown when all rows have one."""
    with_domain = bool(found) and all(row.trust_domain for row in found)
    columns = COLUMNS + ((TRUST_DOMAIN,) if with_domain else ()) + (WIDE_COLUMNS if wide else ())
    cells = [
        _cells(row, now, prefix) + ((row.trust_domain,) if with_domain else ()) + (_details(row, now) if wide else ())
        for row in found
    ]
    near = frozenset(index for index, row in enumerate(found) if row.is_near_end(now))
    return Table(columns, cells, 5, near)


def _cells(row: Row, now: datetime, prefix: str) -> tuple[str, ...]:
    name = prefix + (row.secret.stored.name or row.secret.resource.name)
    found = row.certificate
    if found is None:
        return name, "", str(row.secret.state), "false", "", "", ""
    return (
        name,
        "CA" if found.is_ca else "Cert Chain",
        str(row.secret.state),
        str(found.is_valid(now)).lower(),
        found.serial_number,
        _time(found.not_after),
        _time(found.not_before),
    )


def _details(row: Row, now: datetime) -> tuple[str, ...]:
    found = row.certificate
    if found is None:
        return "-", "-", "-"
    return str(found.days_left(now)), str(len(row.chain)), ",".join(found.names) or "-"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
