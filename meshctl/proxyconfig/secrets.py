"""Certificates and what is trusted, as secrets that the proxy holds. Private keys are never read."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.envoy import Extension

SPIFFE_VALIDATOR = "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig"

_NOTHING = msgspec.Raw()


class DataSource(Struct, frozen=True):
    """A file, or the bytes themselves in base64."""

    filename: str = ""
    inline_bytes: str = ""
    inline_string: str = ""
    environment_variable: str = ""


class TlsCertificate(Struct, frozen=True):
    """A certificate with its chain; the key beside it is left alone."""

    certificate_chain: DataSource = DataSource()


class ValidationContext(Struct, frozen=True):
    """What the peer's certificate is checked against."""

    trusted_ca: DataSource = DataSource()
    custom_validator_config: Extension | None = None
    match_typed_subject_alt_names: msgspec.Raw = _NOTHING


class SpiffeTrustDomain(Struct, frozen=True):
    """The certificates that a trust domain signs with."""

    name: str = ""
    trust_bundle: DataSource = DataSource()


class SpiffeValidator(Struct, frozen=True):
    """What is trusted, by trust domain."""

    trust_domains: list[SpiffeTrustDomain] = []


class Secret(Struct, frozen=True):
    """A certificate or a validation context under the name that listeners and clusters use."""

    name: str = ""
    tls_certificate: TlsCertificate | None = None
    validation_context: ValidationContext | None = None
    session_ticket_keys: msgspec.Raw = _NOTHING
    generic_secret: msgspec.Raw = _NOTHING
