"""The fast reader against the exact one, and the exact one against PyYAML, over generated texts."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meshctl.documents import Chunk, DocumentError, exact, fast, split

TOKENS = [
    *(
        "a",
        "b",
        "x y",
        "a: ",
        "b: ",
        "k:\n",
        "k: v\n",
        "- ",
        "- x\n",
        "\n",
        "\n  ",
        "\n    ",
        "\n- ",
        "\n  - ",
        "  ",
        " ",
    ),
    *("[", "]", "{", "}", ", ", ",", ": ", ":", "'", '"', "# c", " #", "'q'", '"d"', "{a: b}", "[a, b]", "? ", "-"),
    *("1", "1.5", "1e3", "012", "0x1", "1_0", "true", "no", "~", "null", ".inf", "1:2", "99999999999999999999"),
    *(
        "|",
        ">",
        "a: |\n  ",
        "b: >-\n    x\n",
        "|+\n",
        "\\\n",
        "\\x41",
        "\\u12ab",
        "\\/",
        "\t",
        "\r\n",
        "\r",
        "\u2028",
        "é",
    ),
    *("&a ", "*a", "!t ", "!!str ", "<<: ", "...", "...\n", "--- ", "%", "@", "`", "{{ x }}", "\x00", "\x1b", "\ufeff"),
]
soup = st.lists(st.sampled_from(TOKENS), max_size=14).map("".join)
numbers = st.tuples(
    st.sampled_from(["a: ", "- ", "", "[1, ", "{a: ", "{", "? "]),
    st.text("0123456789.eE+-_xobXnfa:", min_size=1, max_size=8),
    st.sampled_from(["", "\n", " # c\n", "]\n", "}\n", ": x\n"]),
).map("".join)
scalars = st.sampled_from(
    ["x", "a b", "'it''s'", '"q\\n"', "5", "1.5", "yes", "on", "007", "~", "true", "http://h:80/x", "a#b"]
)
words = st.sampled_from(["name", "spec", "a.b/c", '"q k"', "'1'", "8080", "on", "version1"])


def _block(children: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    """Lines of block style around the lines of smaller blocks."""
    indented = children.map(lambda lines: ["  " + line for line in lines])
    entries = st.lists(st.tuples(words, indented), min_size=1, max_size=3)
    mapping = entries.map(lambda pairs: [line for key, lines in pairs for line in (f"{key}:", *lines)])
    items = st.lists(indented, min_size=1, max_size=3)
    sequence = items.map(lambda blocks: [line for lines in blocks for line in ("-" + lines[0][1:], *lines[1:])])
    return mapping | sequence


flow = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(words, inner), max_size=3).map(lambda pairs: f"{{{', '.join(map(': '.join, pairs))}}}")
    ),
    max_leaves=5,
)
literals = st.lists(st.sampled_from(["x", "", "  y", "# no comment", "k: v", "- z", "{"]), min_size=1, max_size=4)
documents = st.recursive(
    flow.map(lambda text: [text]) | literals.map(lambda lines: ["|-", *("  " + line for line in lines)]),
    _block,
    max_leaves=8,
).map(lambda lines: "\n".join(lines) + "\n")


def identical(one: Any, other: Any) -> bool:
    """Equal, of the same types, in the same order."""
    if type(one) is not type(other):
        return False
    if type(one) is dict:
        return list(one) == list(other) and all(identical(one[key], other[key]) for key in one)
    if type(one) is list:
        return len(one) == len(other) and all(map(identical, one, other))
    if type(one) is float:
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return bool(one == other)


@pytest.mark.parametrize("texts", [soup, numbers, documents], ids=["soup", "numbers", "documents"])
def test_fast_reader_agrees_with_exact_reader(texts: st.SearchStrategy[str]) -> None:
    @settings(max_examples=1500, deadline=None)
    @given(texts)
    @example("a: |\n  x")
    @example("{a: 1, {b: c}}\n")
    @example("spec: {mat\nch: x}\n")
    def check(text: str) -> None:
        data = fast.read(Chunk(text, 1))
        if data is not fast.UNSURE:
            parsed = exact.read(Chunk(text, 1))
            assert parsed.remarks == ()
            assert identical(data, parsed.data)

    check()


@pytest.mark.parametrize("texts", [soup, numbers, documents], ids=["soup", "numbers", "documents"])
def test_files_read_in_one_go_agree_with_their_documents(texts: st.SearchStrategy[str]) -> None:
    ordinary = st.sampled_from(["a: b\n", "# nothing\n", "- 1\n- c\n", "a: |\n  x\n", "x\n", "a:\n"])

    @settings(max_examples=1000, deadline=None)
    @given(st.lists(texts | ordinary, min_size=2, max_size=4))
    @example(["# nothing\n", "a: b\n"])
    @example(["a: b\n", "# nothing\n", "- c\n"])
    @example(["a: |\n", "b: c\n"])
    @example(["a\n", "b\n"])
    def check(parts: list[str]) -> None:
        chunks = split("---\n".join(parts))
        found = fast.read_all(chunks)
        if found is not None:
            for data, chunk in zip(found, chunks, strict=True):
                parsed = exact.read(chunk)
                assert parsed.remarks == ()
                assert identical(data, parsed.data)

    check()


def test_ordinary_files_are_read_in_one_go() -> None:
    assert fast.read_all(split("a: b\n---\nc: [d]\n---\ne: 1\n")) == [{"a": "b"}, {"c": ["d"]}, {"e": 1}]
    assert fast.read_all(split("a: b\n---\nc: yes\n")) is None
    assert fast.read_all(split("a: b\n")) is None


class KubernetesLoader(yaml.SafeLoader):
    """PyYAML composing, with every scalar as text."""


KubernetesLoader.yaml_implicit_resolvers = {}


@settings(max_examples=500, deadline=None)
@given(documents)
def test_exact_reader_has_the_structure_that_pyyaml_sees(text: str) -> None:
    try:
        parsed = exact.read(Chunk(text, 1))
        if any(remark.kind == "ignored-text" for remark in parsed.remarks):
            raise DocumentError("more than one document", 1, 1)
    except DocumentError:
        with pytest.raises(yaml.YAMLError):
            yaml.load(text, KubernetesLoader)
        return
    composed = yaml.load(text, KubernetesLoader)
    assert _shape(parsed.data) == _shape(composed)


def _shape(data: Any) -> Any:
    if isinstance(data, dict):
        return [_shape(value) for value in data.values()] if len(data) else {}
    if isinstance(data, list):
        return ("list", [_shape(item) for item in data])
    return "scalar"


@pytest.mark.parametrize(
    "text",
    [
        "a: yes\n",
        "a: 012\n",
        "a: &x b\n",
        "a: !!str 1\n",
        "a: {<<: {b: c}}\n",
        "1: a\n",
        "{1, 2}\n",
        "{a: 1, {b: c}}\n",
        "a: .inf\n",
        "a: 18446744073709551616\n",
        "a: 1e999\n",
        "a: b\n...\nc: d\n",
        "a:\tb\n",
        "a: 1\na: 2\n",
        "a: |\n  x",
        "a: \u2028x\n",
    ],
)
def test_doubtful_texts_are_left_to_the_exact_reader(text: str) -> None:
    assert fast.read(Chunk(text, 1)) is fast.UNSURE


@pytest.mark.parametrize(
    "text",
    [
        "kind: Service\nspec:\n  ports:\n  - {port: 80, name: http}\n  hosts: ['*.example.com', a.b]\n",
        "# turn it on, no more\na: there is no way on earth\nb: >-\n  x\n  z\nc: |\n  #!/bin/sh\n  a \\\n  b\n",
        '{"a": {"b": [1, 2.5, true, null, "x\\u00e4\\ud83d\\ude00\\/"]}}',
        "a: b\r\nc:\r\n- d\r\n",
        "größe: ü\n",
    ],
)
def test_ordinary_texts_are_read_fast(text: str) -> None:
    assert fast.read(Chunk(text, 1)) is not fast.UNSURE
