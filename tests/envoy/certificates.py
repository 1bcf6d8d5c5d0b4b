"""A certificate authority of the tests, and certificates of workloads signed by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TRUST_DOMAIN = "cluster.local"


@dataclass(frozen=True)
class Pair:
    """A certificate and its key as PEM."""

    certificate: str
    key: str

    def files(self, folder: Path) -> tuple[str, str]:
        """The two as files, for clients that want them so."""
        found = folder / "certificate.pem", folder / "key.pem"
        found[0].write_text(self.certificate)
        found[1].write_text(self.key)
        return str(found[0]), str(found[1])


class Authority:
    """Signs certificates that last a day."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Root of the tests")
        builder = _builder(self._name, self._name, self._key.public_key())
        self._certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(
            self._key, hashes.SHA256()
        )

    @property
    def root(self) -> str:
        """The certificate to trust, as PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def workload(self, account: str, namespace: str = "shop") -> Pair:
        """The certificate of a service account, with the identity that Istio gives it."""
        key = ec.generate_private_key(ec.SECP256R1())
        identity = x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}/ns/{namespace}/sa/{account}")
        signed = (
            _builder(_name(account), self._name, key.public_key())
            .add_extension(x509.SubjectAlternativeName([identity]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Pair(
            signed.public_bytes(serialization.Encoding.PEM).decode(),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
