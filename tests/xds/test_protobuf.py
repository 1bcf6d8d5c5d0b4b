"""Messages are written and read as the protobuf library does."""

from __future__ import annotations

import pytest

from meshctl.xds.errors import XdsError
from meshctl.xds.protobuf import decode, encode
from tests.xds.grpc_istiod import MESSAGES


@pytest.mark.parametrize("length", [0, 1, 127, 128, 20_000, 3_000_000])
def test_both_ways(length: int) -> None:
    text = "é" * length
    message = MESSAGES["DiscoveryRequest"].FromString(encode([(2, encode([(1, "n")])), (3, text), (3, "b"), (4, "t")]))
    assert (message.node.id, list(message.resource_names), message.type_url) == (
        "n",
        [*([text] * bool(text)), "b"],
        "t",
    )
    again = list(decode(message.SerializeToString()))
    assert [number for number, _ in again] == [2, *([3] * bool(text)), 3, 4]
    assert again[-1] == (4, b"t")


def test_fields_of_other_kinds_are_passed_over() -> None:
    varint, fixed64, fixed32 = b"\x08\xff\xff\xff\xff\x0f", b"\x11" + b"x" * 8, b"\x1d" + b"x" * 4
    assert list(decode(varint + fixed64 + fixed32 + encode([(4, "t")]))) == [(4, b"t")]


@pytest.mark.parametrize("damaged", [b"\x0a\x05ab", b"\x0a", b"\x0b", b"\xff" * 12, b"\x11xx"])
def test_damaged_messages_are_refused(damaged: bytes) -> None:
    with pytest.raises(XdsError, match="no message"):
        list(decode(damaged))
