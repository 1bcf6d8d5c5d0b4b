"""The tables of annotations and labels say what Istio's own say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from meshctl.model.istio_metadata import Definition, istio_annotations, istio_labels
from tests.schema.field_table import read_table


@pytest.mark.parametrize(("table", "known"), [("annotations", istio_annotations), ("labels", istio_labels)])
def test_the_table_is_that_of_istio(table: str, known: Callable[[], Mapping[str, Definition]]) -> None:
    assert known() == {
        name: Definition(
            tuple(entry["resources"]), entry["featureStatus"], bool(entry["deprecated"]), bool(entry["hidden"])
        )
        for name, entry in read_table(table).items()
    }
