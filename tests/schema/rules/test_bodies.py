"""Bodies of answers (VR33, VR34), which are too large to write down as cases."""

from __future__ import annotations

import base64

import pytest

from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.resource import Resource, Source
from meshctl.schema.validators import validator_of


@pytest.mark.parametrize(
    ("size", "codes"), [(102_400, []), (102_401, ["IST0133"]), (1_048_576, ["IST0133"]), (1_048_577, ["IST0106"])]
)
@pytest.mark.parametrize("form", ["string", "bytes"])
def test_the_decoded_size_counts(form: str, size: int, codes: list[str]) -> None:
    body = "a" * size if form == "string" else base64.b64encode(b"a" * size).decode()
    spec = {"hosts": ["a.com"], "http": [{"directResponse": {"status": 200, "body": {form: body}}}]}
    data = {"metadata": {"name": "large"}, "spec": spec}
    validate = validator_of(VIRTUAL_SERVICE)
    assert validate is not None
    resource = Resource(VIRTUAL_SERVICE, "v1", "shop", "large", data, Source("large.yaml"))
    assert [message.code for message in validate(resource)] == codes
