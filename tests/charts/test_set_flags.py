"""The grammar of `--set`."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.charts.errors import InstallationError
from meshctl.charts.set_flags import FieldType, Selector, assign, parse_assignment, parse_path, read_value


def after(*flags: str, tree: dict[str, Any] | None = None) -> dict[str, Any]:
    tree = {} if tree is None else tree
    for flag in flags:
        assign(tree, parse_assignment(flag))
    return tree


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a.b.c", ("a", "b", "c")),
        (r"a.b\.c.d", ("a", "b.c", "d")),
        ("a[0].b", ("a", 0, "b")),
        ("a.[0].b", ("a", 0, "b")),
        ("a[name:x.y].b", ("a", Selector("name", "x.y"), "b")),
        ("a[-1]", ("a", -1)),
        ("a[0][1]", ("a", 0, 1)),
    ],
)
def test_a_path_is_taken_apart(path: str, steps: tuple[Any, ...]) -> None:
    assert parse_path(path) == steps


@pytest.mark.parametrize("path", ["a[0", "a[x]", "a[]"])
def test_a_broken_path_is_an_error(path: str) -> None:
    with pytest.raises(InstallationError):
        parse_path(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-2", -2),
        ("080", 80),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("T", True),
        ("t", True),
        ("FALSE", False),
        ("F", False),
        ("yes", "yes"),
        ("null", "null"),
        ("{}", "{}"),
        ("1.2.3", "1.2.3"),
        (r"a\,b", "a,b"),
        ("", ""),
        ("9223372036854775808", 9223372036854775808.0),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: Any) -> None:
    found = read_value(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "path",
    [
        "tag",
        "compatibilityVersion",
        "values.global.tag",
        "values.compatibilityVersion",
        "meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE",
        "values.meshConfig.defaultConfig.proxyMetadata.X",
    ],
)
def test_some_fields_are_always_texts(path: str) -> None:
    assert parse_assignment(f"{path}=1.30").value == "1.30"


def test_a_field_of_the_schema_that_is_a_text_stays_one() -> None:
    assert parse_assignment("revision=110", lambda path: FieldType.TEXT).value == "110"


@pytest.mark.parametrize(
    ("kind", "value"), [(FieldType.TEXT, "null"), (FieldType.ANY, "null"), (FieldType.NO_TEXT, None)], ids=str
)
def test_null_is_a_text_where_one_may_be(kind: FieldType, value: Any) -> None:
    assert parse_assignment("a=null", lambda path: kind).value == value


def test_the_first_equals_sign_divides_and_both_sides_are_trimmed() -> None:
    assert after(" a.b = c=d ") == {"a": {"b": "c=d"}}
    assert after("a.b") == {"a": {"b": ""}}


def test_commas_do_not_separate() -> None:
    assert after("a=1,b=2") == {"a": "1,b=2"}


def test_lists_are_made_and_an_index_beyond_the_end_appends() -> None:
    assert after("a[0].n=x", "a[5].n=y", "a[0].m=1") == {"a": [{"n": "x", "m": 1}, {"n": "y"}]}
    assert after("a[-1]=x", "a[-1]=y") == {"a": ["x", "y"]}


def test_an_item_is_chosen_by_a_field() -> None:
    assert after("a[n:y].m=2", tree={"a": [{"n": "x"}, {"n": "y"}]}) == {"a": [{"n": "x"}, {"n": "y", "m": 2}]}
    assert after("a[p:80].m=2", tree={"a": [{"p": 80}]}) == {"a": [{"p": 80, "m": 2}]}


@pytest.mark.parametrize("flag", ["a[n:z].m=2", "b.c=1", "b[0]=1", "a.c=1", "=1", "", "x." * 500 + "=1"])
def test_a_way_that_leads_nowhere_is_an_error(flag: str) -> None:
    with pytest.raises(InstallationError):
        after(flag, tree={"a": [{"n": "x"}], "b": "text"})
