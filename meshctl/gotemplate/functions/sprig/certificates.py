"""Keys, certificates, passwords and ciphers. All of them differ each time, except what is derived from a password."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import ipaddress
import secrets
from typing import TYPE_CHECKING, Annotated, Any

from meshctl.gotemplate import types
from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.text import from_bytes, raw_bytes
from meshctl.gotemplate.types import GoType, StructField
from meshctl.gotemplate.values import Struct, type_of

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

_BITS = 2048
CERTIFICATE = GoType(
    "sprig.certificate",
    "struct",
    fields={"Cert": StructField("Cert", types.STRING), "Key": StructField("Key", types.STRING)},
)
Certificate = Annotated[Any, CERTIFICATE]


def _pair(certificate: str, key: str) -> Struct:
    return Struct(CERTIFICATE, {"Cert": certificate, "Key": key})


def gen_private_key(kind: str) -> str:
    """A new private key: `rsa`, `dsa`, `ecdsa` or `ed25519`."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

    form = serialization.PrivateFormat.TraditionalOpenSSL
    key: Any
    if kind in ("", "rsa"):
        key = rsa.generate_private_key(65537, 4096)
    elif kind == "dsa":
        key = dsa.generate_private_key(_BITS)
    elif kind == "ecdsa":
        key = ec.generate_private_key(ec.SECP256R1())
    elif kind == "ed25519":
        key, form = ed25519.Ed25519PrivateKey.generate(), serialization.PrivateFormat.PKCS8
    else:
        return f"there are no keys of the kind {kind}"
    pem: bytes = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return pem.decode()


def _new_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return (
        rsa.generate_private_key(65537, _BITS)
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        .decode()
    )


def _read_key(pem: str) -> CertificateIssuerPrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(raw_bytes(pem), None)  # type: ignore[return-value]
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise FunctionError(f"no private key: {error}") from None


def _read_certificate(pem: str) -> x509.Certificate:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(raw_bytes(pem))
    except ValueError as error:
        raise FunctionError(f"no certificate: {error}") from None


def _name(common_name: str) -> x509.Name:
    from cryptography import x509

    try:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    except ValueError as error:
        raise FunctionError(f"{common_name!r} is no name: {error}") from None


def _texts(values: list[Any], what: str) -> list[str]:
    for value in values:
        if not isinstance(value, str):
            raise FunctionError(f"{what} are strings, not values of type {type_of(value).name}")
    return values


def _alternatives(ips: list[Any], names: list[Any]) -> list[x509.GeneralName]:
    from cryptography import x509

    try:
        found: list[x509.GeneralName] = [x509.DNSName(name) for name in _texts(names, "DNS names")]
        return found + [x509.IPAddress(ipaddress.ip_address(ip)) for ip in _texts(ips, "IP addresses")]
    except ValueError as error:
        raise FunctionError(f"no alternative name: {error}") from None


def _certificate(
    common_name: str,
    alternatives: list[x509.GeneralName],
    days: int,
    key_pem: str,
    issuer: tuple[x509.Name, CertificateIssuerPrivateKeyTypes] | None,
    *,
    is_authority: bool = False,
) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = _read_key(key_pem)
    name = _name(common_name)
    signer_name, signer_key = issuer or (name, key)
    start = datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only", "decipher_only"),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(signer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=days))
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_encipherment=True, key_cert_sign=is_authority, **usage), True
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), True)
    )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), False)
    digest = None if isinstance(signer_key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signer_key, digest).public_bytes(serialization.Encoding.PEM).decode()


def gen_ca_with_key(common_name: str, days: int, key: str) -> Struct:
    """A certificate of an authority for a key."""
    return _pair(_certificate(common_name, [], days, key, None, is_authority=True), key)


def gen_ca(common_name: str, days: int) -> Struct:
    """A new key, and a certificate of an authority for it."""
    return gen_ca_with_key(common_name, days, _new_key())


def gen_self_signed_cert_with_key(common_name: str, ips: list[Any], names: list[Any], days: int, key: str) -> Struct:
    """A certificate for a key, signed by itself."""
    return _pair(_certificate(common_name, _alternatives(ips, names), days, key, None), key)


def gen_self_signed_cert(common_name: str, ips: list[Any], names: list[Any], days: int) -> Struct:
    """A new key, and a certificate for it that is signed by itself."""
    return gen_self_signed_cert_with_key(common_name, ips, names, days, _new_key())


def gen_signed_cert_with_key(
    common_name: str, ips: list[Any], names: list[Any], days: int, authority: Certificate, key: str
) -> Struct:
    """A certificate for a key, signed by an authority."""
    issuer = _read_certificate(authority.field("Cert")).subject, _read_key(authority.field("Key"))
    return _pair(_certificate(common_name, _alternatives(ips, names), days, key, issuer), key)


def gen_signed_cert(common_name: str, ips: list[Any], names: list[Any], days: int, authority: Certificate) -> Struct:
    """A new key, and a certificate for it that is signed by an authority."""
    return gen_signed_cert_with_key(common_name, ips, names, days, authority, _new_key())


def build_custom_cert(certificate: str, key: str) -> Struct:
    """A certificate and its key, both given in Base64."""
    try:
        pair = [from_bytes(base64.b64decode(text, validate=True)) for text in (certificate, key)]
    except ValueError as error:
        raise FunctionError(f"no Base64: {error}") from None
    _read_certificate(pair[0])
    _read_key(pair[1])
    return _pair(pair[0], pair[1])


def bcrypt(password: str) -> str:
    """The bcrypt hash of a password."""
    import bcrypt as library

    if len(raw_bytes(password)) > 72:
        raise FunctionError("bcrypt takes passwords of at most 72 bytes")
    return library.hashpw(raw_bytes(password), library.gensalt(10, b"2a")).decode()


def htpasswd(user: str, password: str) -> str:
    """A line of a password file of web servers."""
    if ":" in user:
        return f"a user has no colon in the name: {user}"
    return f"{user}:{bcrypt(password)}"


def _key_of(password: str) -> bytes:
    return raw_bytes(password)[:32].ljust(32, b"\0")


def encrypt_aes(password: str, text: str) -> str:
    """The text, enciphered by a password with AES-256 in CBC mode, in Base64."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    raw = raw_bytes(text)
    fill = 16 - len(raw) % 16
    start = secrets.token_bytes(16)
    encryptor = Cipher(algorithms.AES(_key_of(password)), modes.CBC(start)).encryptor()
    sealed = encryptor.update(raw + bytes([fill]) * fill) + encryptor.finalize()
    return base64.b64encode(start + sealed).decode()


def decrypt_aes(password: str, text: str) -> str:
    """The text that `encryptAES` enciphered."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise FunctionError(f"no Base64: {error}") from None
    if len(raw) < 32 or len(raw) % 16:
        raise FunctionError("the text is not enciphered: it does not consist of blocks of 16 bytes")
    decryptor = Cipher(algorithms.AES(_key_of(password)), modes.CBC(raw[:16])).decryptor()
    plain = decryptor.update(raw[16:]) + decryptor.finalize()
    return from_bytes(plain[: len(plain) - plain[-1]])


_ALPHABETS = {
    "V": "AEIOU",
    "C": "BCDFGHJKLMNPQRSTVWXYZ",
    "v": "aeiou",
    "c": "bcdfghjklmnpqrstvwxyz",
    "A": "AEIOUBCDFGHJKLMNPQRSTVWXYZ",
    "a": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
    "n": "0123456789",
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
}
_FORMS = {
    "maximum": "anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno",
    "long": (
        "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv"
        " CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv"
        " CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno"
    ),
    "medium": "CvcnoCvc CvcCvcno",
    "short": "Cvcn",
    "basic": "aaanaaan aannaaan aaannaaa",
    "pin": "nnnn",
}
_SCOPE = b"com.lyndir.masterpassword"


def derive_password(counter: Annotated[int, types.UINT32], form: str, password: str, user: str, site: str) -> str:
    """The password of a site that the Master Password algorithm derives from a main one."""
    forms = _FORMS.get(form, "").split()
    if not forms:
        return f"there is no form of passwords called {form}"
    name = raw_bytes(user)
    salt = _SCOPE + len(name).to_bytes(4, "big") + name
    key = hashlib.scrypt(raw_bytes(password), salt=salt, n=32768, r=8, p=2, maxmem=1 << 27, dklen=64)
    place = raw_bytes(site)
    message = _SCOPE + len(place).to_bytes(4, "big") + place + int(counter).to_bytes(4, "big")
    seed = hmac.digest(key, message, "sha256")
    chosen = forms[seed[0] % len(forms)]
    return "".join(
        _ALPHABETS[letter][byte % len(_ALPHABETS[letter])] for letter, byte in zip(chosen, seed[1:], strict=False)
    )


CERTIFICATES: FunctionMap = {
    "bcrypt": bcrypt,
    "buildCustomCert": build_custom_cert,
    "decryptAES": decrypt_aes,
    "derivePassword": derive_password,
    "encryptAES": encrypt_aes,
    "genCA": gen_ca,
    "genCAWithKey": gen_ca_with_key,
    "genPrivateKey": gen_private_key,
    "genSelfSignedCert": gen_self_signed_cert,
    "genSelfSignedCertWithKey": gen_self_signed_cert_with_key,
    "genSignedCert": gen_signed_cert,
    "genSignedCertWithKey": gen_signed_cert_with_key,
    "htpasswd": htpasswd,
}
