"""Kubeconfig files as people have them, and what is said about those that cannot be used."""

from __future__ import annotations

import base64
import datetime
import json
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from meshctl.kube import KubeconfigError, Settings
from meshctl.kube.connection import connection
from tests.kube.fake_api import write_kubeconfig


def test_context_and_namespace_of_the_file(tmp_path: Path) -> None:
    found = connection(Settings(str(write_kubeconfig(tmp_path / "c", "http://localhost:1", namespace="shop"))))
    assert (found.context, found.namespace, found.name) == ("here", "shop", "mesh")


def test_files_of_the_variable_are_merged_and_missing_ones_tolerated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_kubeconfig(tmp_path / "c", "http://localhost:1")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "gone"), str(file)]))
    assert connection(Settings()).server == "http://localhost:1"


def test_any_context_of_the_files_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [_with_context(tmp_path, name, port) for port, name in enumerate(("first", "second"), 1)]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))
    chosen = {name: connection(Settings(context=name)).server for name in ("", "first", "second")}
    # Of two current contexts kubectl takes that of the first file.
    assert chosen == {"": "http://localhost:1", "first": "http://localhost:1", "second": "http://localhost:2"}
    with pytest.raises(KubeconfigError, match="no context 'third'") as raised:
        connection(Settings(context="third"))
    assert raised.value.hint == "the contexts are first, second"


def _with_context(folder: Path, name: str, port: int) -> Path:
    """A kubeconfig file with a context, a cluster and a user, all of that name."""
    file = folder / name
    file.write_text(
        json.dumps(
            {
                "current-context": name,
                "clusters": [{"name": name, "cluster": {"server": f"http://localhost:{port}"}}],
                "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
                "users": [{"name": name, "user": {"token": name}}],
            }
        )
    )
    return file


@pytest.mark.parametrize(
    ("text", "context", "said"),
    [
        (None, "", "there is no file"),
        ("", "", "is empty"),
        ("a: [", "", "cannot be read"),
        ("[1, 2]", "", "it is no kubeconfig"),
        ("a text", "", "it is no kubeconfig"),
        ("[" * 5000 + "]" * 5000, "", "it is no kubeconfig"),
        ("kind: Config", "", "current-context"),
    ],
)
def test_bad_file_is_said_in_a_line(text: str | None, context: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    if text is not None:
        file.write_text(text)
    with pytest.raises(KubeconfigError, match=said) as raised:
        connection(Settings(str(file), context))
    assert "\n" not in raised.value.message


def test_unknown_context_is_named(tmp_path: Path) -> None:
    file = write_kubeconfig(tmp_path / "c", "http://localhost:1")
    with pytest.raises(KubeconfigError, match="nowhere"):
        connection(Settings(str(file), "nowhere"))


def test_no_file_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(KubeconfigError, match="no kubeconfig file"):
        connection(Settings())


def test_token_comes_from_a_helper_program(tmp_path: Path) -> None:
    helper = tmp_path / "helper"
    helper.write_text(
        "#!/bin/sh\n"
        'echo \'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", '
        '"status": {"token": "fresh"}}\'\n'
    )
    helper.chmod(0o700)
    user = {
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(helper), "interactiveMode": "Never"}
    }
    found = connection(Settings(str(write_kubeconfig(tmp_path / "c", "http://localhost:1", user=user))))
    assert ("Authorization", "Bearer fresh") in found.headers()


def test_helper_program_that_fails_is_said(tmp_path: Path) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(tmp_path / "gone")}}
    with pytest.raises(KubeconfigError, match="signing in failed"):
        connection(Settings(str(write_kubeconfig(tmp_path / "c", "http://localhost:1", user=user))))


def test_client_key_in_the_file_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = _pair()
    user = {"client-certificate-data": _encoded(certificate), "client-key-data": _encoded(key)}
    file = write_kubeconfig(tmp_path / "c", "https://localhost:1", user=user)
    before = set(os.listdir("/dev/shm")) if Path("/dev/shm").is_dir() else set()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    found = connection(Settings(str(file)))
    assert found.tls is not None
    assert list(temporary.iterdir()) == []
    assert not [name for name in (set(os.listdir("/dev/shm")) - before) if name.startswith("meshctl-")]


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _pair() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "me")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
