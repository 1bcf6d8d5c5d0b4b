"""The list of Envoy's types is that of the Envoy which tests run."""

from __future__ import annotations

import json

from tests.envoy.api_types import FILE, types_text


def test_the_types_are_those_of_envoy() -> None:
    """An Envoy that is newer than the list may know more; it forgets nothing."""
    listed, known = json.loads(FILE.read_text(encoding="utf-8")), json.loads(types_text())
    assert listed["types"]
    for name, fields in listed["types"].items():
        assert fields.items() <= known["types"][name].items(), "run python -m tests.envoy.api_types"
    for name, values in listed["enums"].items():
        assert set(values) <= set(known["enums"][name]), "run python -m tests.envoy.api_types"


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
