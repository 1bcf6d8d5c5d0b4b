"""Excerpts show nothing that a Secret holds, and everything of other documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshctl.documents import mask
from tests.cli.run import meshctl


@pytest.mark.parametrize(
    "text",
    [
        "kind: Secret\ndata:\n  password: hunter2\n",
        "kind: secret\nstringData: {name: hunter2\n",
        '{"kind": "Secret", "stringData": {"a": "hunter2"}}',
        "kind: !!str Secret\ndata: {a: hunter2}\n",
        "kin: Secret\ndata:\n  a: hunter2\n",
        "stringData:\n  kind: hunter2\n",
        "kind: SecretList\nitems:\n- data: {a: hunter2}\n",
        "kind: ConfigMap\ndata:\n  key: |\n    -----BEGIN EC PRIVATE KEY-----\n    hunter2\n",
    ],
)
def test_data_of_secrets_is_hidden(text: str) -> None:
    hidden = mask(text)
    assert "hunter2" not in hidden
    assert [len(line) for line in hidden.splitlines()] == [len(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "kind: Gateway\nspec:\n  credentialName: web-secret  # a Secret in the same namespace\n",
        "kind: Pod\nspec:\n  volumes:\n  - secret: {secretName: certificates}\n",
    ],
)
def test_other_documents_are_shown(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("output", ["log", "json", "yaml", "sarif", "junit", "github"])
def test_messages_do_not_tell_what_a_secret_holds(tmp_path: Path, output: str) -> None:
    (tmp_path / "secret.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {pin: 90125}\ntype: Opaque\ndata: hunter2\n"
    )
    done = meshctl("analyze", "-o", output, "secret.yaml", cwd=tmp_path)
    assert done.code == 79
    assert "stringData.pin" in done.out
    assert "90125" not in done.out + done.err
    assert "hunter2" not in done.out + done.err
