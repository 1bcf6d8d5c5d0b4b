"""Private keys and other secrets never reach the output, wherever they are."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.app import run
from meshctl.proxyconfig import sections
from meshctl.proxyconfig.documents import without_secrets
from meshctl.proxyconfig.redaction import redacted
from tests.proxyconfig import made
from tests.proxyconfig.recordings import ORDERS

PEM = "-----BEGIN RSA PRIVATE KEY-----\nTOPSECRET\n-----END RSA PRIVATE KEY-----\n"
IN_BASE64 = base64.b64encode(PEM.encode()).decode()
CHAIN = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n").decode()


@pytest.mark.parametrize(
    "data",
    [
        {"private_key": {"inline_bytes": "VE9QU0VDUkVU"}},
        {"private_key": {"inline_string": "TOPSECRET"}},
        {"password": {"inline_string": "TOPSECRET"}},
        {"session_ticket_keys": {"keys": [{"inline_bytes": "VE9QU0VDUkVU"}]}},
        {"generic_secret": {"secret": {"inline_string": "TOPSECRET"}}},
        {"generic_secret": {"secrets": {"a": {"inline_string": "TOPSECRET"}}}},
        {"private_key_provider": {"typed_config": {"@type": "x", "key": "TOPSECRET"}}},
        {"google_grpc": {"call_credentials": [{"access_token": "TOPSECRET"}]}},
        {"some_extension": {"anything": [PEM]}},
        {"some_extension": {"anything": IN_BASE64}},
        {"certificate_chain": {"inline_bytes": CHAIN[:-4] + IN_BASE64}},
        {"key_values": {"ISTIO_META_WASM_IMAGE_PULL_SECRET": "TOPSECRET"}},
    ],
)
def test_secrets_are_taken_out(data: dict[str, Any]) -> None:
    text = json.dumps(redacted({"outer": [data]}))
    for secret in ("TOPSECRET", "VE9QU0VDUkVU", IN_BASE64):
        assert secret not in text


def test_what_is_no_secret_stays() -> None:
    data = {
        "certificate_chain": {"inline_bytes": CHAIN},
        "private_key": {"filename": "/etc/certs/key.pem"},
        "token_secret": {"name": "oauth", "sds_config": {"ads": {}}},
    }
    assert redacted(data) == data


def test_a_dump_without_keys_stays_byte_for_byte() -> None:
    import gzip

    dump = gzip.decompress((ORDERS / "config_dump.json.gz").read_bytes())
    assert without_secrets(dump) == dump


@pytest.mark.parametrize("arguments", [["all", "-o", "json"], ["all", "-o", "yaml"], ["secret", "-o", "json"],
                                       ["secret", "-o", "wide"], ["secret"], ["listener", "-o", "yaml"],
                                       ["bootstrap"], ["cluster", "-o", "json"]])  # fmt: skip
def test_no_command_shows_a_key(arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    certificate = {"certificate_chain": {"inline_bytes": CHAIN}, "private_key": {"inline_bytes": IN_BASE64}}
    tls = {"@type": "t", "common_tls_context": {"tls_certificates": [{"private_key": {"inline_string": PEM}}]}}
    file = made.file(
        tmp_path,
        {"@type": sections.BOOTSTRAP, "bootstrap": {"secrets": [{"tls_certificate": certificate}]}},
        made.clusters({"name": "c", "transport_socket": {"typed_config": tls}}),
        made.listeners({"name": "l", "filter_chains": [{"transport_socket": {"typed_config": tls}}]}),
        made.routes({"name": "80"}),
        {"@type": sections.SECRETS,
         "dynamic_active_secrets": [{"name": "s", "secret": {"name": "s", "tls_certificate": certificate}}]},
    )  # fmt: skip
    assert run(["proxy-config", *arguments, "-f", file]) == 0
    printed = capfd.readouterr().out
    assert printed
    assert "TOPSECRET" not in printed
    assert IN_BASE64 not in printed
