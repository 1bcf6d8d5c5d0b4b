"""Texts that keep to the grammars of names and values, and texts that do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from meshctl.schema.grammars import headers, hosts, values

Grammar = Callable[[str], str]

CASES: list[tuple[Grammar, list[str], list[str]]] = [
    (hosts.label, ["a", "A1", "a-b", "1", "a" * 63], ["", "-a", "a-", "a.b", "a_b", "a" * 64, "ä", "a\n"]),
    (
        hosts.host,
        ["a", "a.b", "a.b.", "A.com", "1.a", "a." + "b" * 63],
        ["", ".", "*", "*.a", "123", "a.1", "a..b", ".a", "a_b", "a:80", "1.2.3.4", "a." * 128 + "b"],
    ),
    (
        hosts.wildcard_host,
        ["*", "*.com", "*a.com", "*-a.com", "a", "A.com", "a.com.", "*.", "a.", "123"],
        ["", "a_b", "a*", "**", "*--a", "a.*.com", ".com", "a..b", "a.1", "*.123", "a:80", "1.2.3.4", "é.com"],
    ),
    (
        hosts.ip,
        ["1.2.3.4", "0.0.0.0", "255.255.255.255", "::", "::1", "fe80::1%eth0", "::ffff:1.2.3.4"],
        ["", "1.2.3", "1.2.3.4.", "01.2.3.4", "256.1.1.1", "[::1]", " 1.2.3.4", "::1%", "1:2", "١.2.3.4"],
    ),
    (
        hosts.network,
        ["1.2.3.4", "1.2.3.4/0", "10.1.2.3/8", "::/0", "fd00::1/128"],
        ["1.2.3.4/33", "1.2.3.4/08", "1.2.3.4/+8", "1.2.3.4/", "::1/129", "fe80::1%eth0/64", "a/b/c", "x", ""],
    ),
    (
        hosts.host_and_port,
        ["a:1", "a.b:65535", "1.2.3.4:80", "[::1]:80"],
        ["a", "a:0", "a:65536", "::1:80", "[a]:80", ":80", "a:", "a:x", "*.a:80"],
    ),
    (hosts.unix_socket, ["unix:///a", "unix://@a", "unix:///a/b"], ["unix://", "unix://a", "unix:///a/", "unix:///"]),
    (
        hosts.gateway_host,
        ["*", "a.b", "*.a.b", "ns/a.b", "*/*", "./*", "1.2.3.4", "ns/1.2.3.4", "::ffff:1.2.3.4"],
        ["", "a", "ns/a", "/a.b", "ns/", "~/a.b", "*a.com", "a/b/c.d", "::1", "n.s/a.b", "n_s/*"],
    ),
    (
        hosts.sidecar_host,
        ["*/*", "./*", "~/*", "ns/a.b", "~ns/*", "~*/a.b", "*/*.a.b"],
        ["*", "a.b", "ns/a", "/a.b", "ns/", "ns/1.2.3.4", "ns/*a.b", "a/b/c.d", "~~/a.b"],
    ),
    (
        values.label_key,
        ["a", "A_b.c", "p.q/a", "a/b", "p/" + "n" * 63],
        ["", "-", "a/b/c", "!", "/a", "a/", "p_q/a", "n" * 64, "x." * 127 + "/a"],
    ),
    (values.label_value, ["", "a", "a_b.c-d", "v" * 100], ["y z", "!", "-a", "a-"]),
    (values.protocol, ["tcp", "HTTP", "grpc-web", "Http_Proxy", "MySQL"], ["", "hbone", "http3", "FOO"]),
    (values.duration, ["1ms", "1s", "1m30s", "1.5s", "0.001s"], ["0s", "-1s", "0.5ms", "5us", "1.0005s", "5", "1d"]),
    (
        headers.matched_name,
        ["a", "X-Y", "a,b", ":path", "@request.auth.claims.x", "@Request.Auth.Claims[a][b]"],
        ["", ":foo", "a b", "a/b", "@request.auth.claims", "@request.auth.claims[", "@request.auth.claims[]"],
    ),
    (headers.added_name, ["a b", "host", ":authority"], ["", ":path"]),
    (headers.changed_name, ["a b"], ["", "host", "HOST", ":authority"]),
    (headers.cors_name, ["*", "a-b", "a,b"], ["", "a b", "a:b"]),
    (headers.claim_header, ["a_b-1"], ["", "a b", "a.b"]),
    (headers.probe_header, ["a-1"], ["", "a_b"]),
    (
        headers.value,
        ["", "a\tb", "%REQ(X)%", "%START_TIME(%Y)%", "100%%", '%M(["a","b"])%', "%NOSUCH%", '%M( [ "a\\"", "b" ] )%'],
        [
            "100%",
            "abc%123",
            "%START_TIME%%",
            "%A()%",
            '%A("x")%',
            '%M(["a" "b"])%',
            "%M([a])%",
            "a\n",
            "\x7f",
            '%M(["\\',
        ],
    ),
    (
        values.regex,
        [
            *("(?P<n>a)", "(?<n>a)", "(?P<1n>a)", "(?P<n>a)(?P<n>b)", r"\pL", r"\p{Greek}", r"\P{L}", r"\p{^L}"),
            *("[[:alpha:]]", "[[:^alpha:]]", r"\Qa.b\E", r"\Qa", r"\Q\C\E", r"\\C", r"\z", r"\A", r"\b\B", r"\x41"),
            *(r"\x{10FFFF}", r"\0", r"\01", r"\123", r"\.", "^*", r"[\d-z]", "[]a]", "a*?", "a{2}?", "a{,5}", "a{5"),
            *("(?i-s:a)", "(?-i)a", "(?U)a", "a{1000}", "(a{10}){100}", r"\pL{1000}", "a" * 1024),
        ],
        [
            *("(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?>a)", "(?#x)", r"\1", "(?P=n)", "(?R)", "a++", "a*+", "(?x)a"),
            *(r"\h", r"\R", r"\K", r"\G", r"\Z", r"\e", r"\c", r"\u", r"\N", r"\C", r"\X", r"\y", r"\i", r"\8"),
            *("a**", "x{2}*", "x{2}{3}", "x?*", "a{1001}", "(a{10}){101}", "a{2,1}", "[[:foo:]]", r"\p{Foo}"),
            *("[z-a]", r"[a-\d]", "[]", "[^]", "(", ")", "*a", "+", "?", "\\", r"[\C]", "a" * 1025, "é" * 513),
        ],
    ),
]
"""Grammar, good texts, bad texts."""


@pytest.mark.parametrize(("grammar", "good", "bad"), CASES, ids=lambda part: getattr(part, "__name__", ""))
def test_texts(grammar: Grammar, good: list[str], bad: list[str]) -> None:
    assert {text: grammar(text) for text in good} == dict.fromkeys(good, "")
    assert [text for text in bad if not grammar(text)] == []


@pytest.mark.parametrize(
    ("localities", "bad"),
    [
        (["a/b/c", "a/b/*", "b", "*"], None),
        (["a/b", "a/*"], None),
        (["a/b/c/d"], None),
        (["*", "b"], 1),
        (["a", "a/b"], 1),
        (["a/*", "a/b"], 1),
        (["a/b", "a"], 1),
        (["a/b", "a/b/c"], 1),
        (["a/b/c", "a/b/c"], 1),
        (["c", "a//c"], 1),
        (["a*b"], 0),
        (["**"], 0),
        ([""], 0),
    ],
    ids=str,
)
def test_localities(localities: list[str], bad: int | None) -> None:
    index, problem = values.localities(localities)
    assert bool(problem) == (bad is not None)
    assert index == (-1 if bad is None else bad)


def test_server_names_between_clusters() -> None:
    assert hosts.is_sni_name("outbound_.80_._.e2e.foobar.mesh")
    assert not hosts.is_sni_name("outbound_.x_._.1")
    assert not hosts.is_sni_name("outbound_.80_._")
    assert not hosts.is_sni_name("inbound_.80_._.a")


@pytest.mark.parametrize(
    ("value", "good"),
    [(0, True), (0.0001, True), (100, True), (0.00001, False), (-1, False), ("NaN", True), ("101", False)],
)
def test_percentages(value: object, good: bool) -> None:
    assert bool(values.percentage(value, least=0.0001)) != good
