"""Expressions: what they evaluate to, and what is no expression."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.cel import CelError, CelSyntaxError, compile_expression, parse

SELF = {
    "a": 1,
    "text": "b/c",
    "items": [{"n": "x"}, {"n": "y"}, {"n": "x"}],
    "namespace": "default",
    "empty": "",
    "no": None,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-7 / 2", -3),
        ("-9223372036854775808 < 18446744073709551615u", True),
        ("-7 % 2", -1),
        ("!true || 1 < 2 && 'a' < 'b'", True),
        ("1 == 1.0", True),
        ("'1' == 1", False),
        ("has(self.a) ? 'yes' : 'no'", "yes"),
        ("has(self.no)", False),
        ("has(self.empty)", True),
        ("has(self.missing)", False),
        ("self.__namespace__", "default"),
        ("self['a']", 1),
        ("self.items[1].n", "y"),
        ("'a' in ['a', 'b']", True),
        ("'a' in self", True),
        ("self.items.all(i, i.n != '')", True),
        ("self.items.exists(i, i.n == 'y')", True),
        ("self.items.exists_one(i, i.n == 'x')", False),
        ("self.items.filter(i, i.n == 'x').size()", 2),
        ("self.items.map(i, i.n)", ["x", "y", "x"]),
        ("size(self.text)", 3),
        ("self.text.split('/')[0]", "b"),
        ("self.text.substring(2)", "c"),
        ("'a.b'.matches('^a[.]b$')", True),
        (r"""'a\n"'""", 'a\n"'),
        (r"""r"a\n" """, "a\\n"),
        ('"""a"b"""', 'a"b'),
        ("duration('1m30s') > duration('89s')", True),
        ("duration('1500us') == duration('1.5ms')", True),
        ("isURL('https://a/b')", True),
        ("isURL('a.b/c')", False),
        ("isURL('https://u:p@a:99999/b') && isURL('https://[::1]:8/b') && isURL('https://a:/b')", True),
        ("isURL('https://a:x/b') || isURL('https://[::1]:x/b')", False),
        ("url('oci://a/b').getScheme()", "oci"),
        ("isIP('10.0.0.1') && isIP('::1') && !isIP('a')", True),
        ("int('8080') <= 65535", True),
        ("format.dns1123Label().validate('a-b') == null", True),
        ("format.dns1123Label().validate('A_b') == null", False),
        ("self.missing == 1 || true", True),
        ("[1, 2].exists(i, i / 0 == 1 || i == 2)", True),
    ],
)
def test_value(text: str, value: Any) -> None:
    assert compile_expression(text)(self=SELF) == value


@pytest.mark.parametrize(
    "text",
    ["self.missing", "1 + 'a'", "1 / 0", "'a' < 1", "duration('5')", "self.a.b", "url('::')", "other", "1 ? 2 : 3"],
)
def test_no_value(text: str) -> None:
    with pytest.raises(CelError):
        compile_expression(text)(self=SELF)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "a.b(",
        "'a",
        "a b",
        "a ? b",
        "[1",
        "{1: 2",
        "nosuch(1)",
        "has(1)",
        "if",
        "a.in",
        "(" * 200,
        "#",
        "'\\q'",
        "9223372036854775809",
        "18446744073709551616u",
        pytest.param("9" * 5000, id="5000 digits"),
    ],
)
def test_no_expression(text: str) -> None:
    with pytest.raises(CelSyntaxError):
        compile_expression(text)


@pytest.mark.parametrize(
    "text",
    ["response.code >= 400", "!('x' in request.headers)", "a.b[c].d(e, f) in g", "google.X{a: 1}", "x.exists(y, y)"],
)
def test_parses_what_envoy_takes(text: str) -> None:
    assert parse(text)
