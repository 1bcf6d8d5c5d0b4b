"""The list of Envoy's types is that of the Envoy which tests run."""

from __future__ import annotations

import json

from tests.envoy.api_types import FILE, types_text


def test_the_types_are_those_of_envoy() -> None:
    assert FILE.read_text(encoding="utf-8") == types_text(), "run python -m tests.envoy.api_types"


def test_what_fields_are_made_of_is_listed() -> None:
    listed = json.loads(FILE.read_text(encoding="utf-8"))
    named = {
        type_.rpartition("]" if type_[0] == "[" else "}")[2]
        for fields in listed["types"].values()
        for type_ in fields.values()
    }
    own = {name for name in named if "." in name and not name.startswith("google.protobuf.")}
    assert own
    assert own <= listed["types"].keys() | listed["enums"].keys()
