"""Methods that HTTP does not have."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import UNKNOWN_METHOD, Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.schema.suggestions import closest

_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE CONNECT OPTIONS TRACE".split())
_RARE = frozenset(
    "ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF "
    "MKWORKSPACE MOVE ORDERPATCH PRI PROPFIND PROPPATCH PURGE QUERY REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK "
    "UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL".split()
)
"""Methods of WebDAV and other extensions, and PURGE, which caches know."""


@analyzer("http.MethodAnalyzer", inputs={VIRTUAL_SERVICE, AUTHORIZATION_POLICY}, emits={UNKNOWN_METHOD})
def method(mesh: Snapshot) -> Iterator[Message]:
    """Checks that virtual services and authorization policies name methods that HTTP has."""
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for rule in virtual_service.spec["http"]:
            for match in rule["match"]:
                if "method" not in match.mapping:
                    continue
                yield from _check(match["method"]["exact"])
    for policy in mesh[AUTHORIZATION_POLICY]:
        for rule in policy.spec["rules"]:
            for to in rule["to"]:
                for methods in (to["operation"]["methods"], to["operation"]["notMethods"]):
                    for written in methods:
                        if "*" not in written.text:
                            yield from _check(written)


def _check(written: Field) -> Iterator[Message]:
    name = written.text
    if not name or name in _METHODS or name in _RARE:
        return
    if "/" in name:
        hint = "methods of gRPC are matched as paths: /package.Service/Method"
    elif name.upper() in _METHODS or name.upper() in _RARE:
        hint = f"write {name.upper()}: methods are compared with their case"
    else:
        meant = closest(name, sorted(_METHODS))
        hint = f"did you mean {meant}?" if meant else ""
    yield UNKNOWN_METHOD.at(written, method=name, hint=hint)
