"""Istiods that can be asked for their debug pages: through a port-forward, over HTTP, or by their own protocol."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from meshctl.errors import UNREADABLE, MeshctlError, UsageError
from meshctl.kube import ApiError, Cluster
from meshctl.model.versions import UNKNOWN
from meshctl.sources.control_plane import ControlPlanePod
from meshctl.sources.versions import read_build
from meshctl.xds import debug as xds
from meshctl.xds.debug import DebugAnswer, Security

_WORKERS = 16
_SPARE = 0.5
"""Seconds beyond the limit in which a question that gave up in time can still say so."""

_NOT_FOUND = 404
_NO_PAGE = "404 page not found"
_ELSEWHERE = "Proxy not connected to this Pilot instance"
_ADDRESS = re.compile(r"(?P<scheme>[a-z]+://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^:/\s]+)(?::(?P<port>\d{1,5}))?/?")

_MONITORING = 15014

R = TypeVar("R")


class IstiodError(MeshctlError):
    """An istiod does not answer, or not with what was asked for."""

    exit_code = UNREADABLE


class ConnectedElsewhereError(IstiodError):
    """The proxy is not connected to this istiod, so it knows nothing about it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A debug page, and what the istiod says about itself."""

    content: bytes
    istiod: str
    """The name of its pod, or the address where that is not known."""
    version_info: str = ""
    identity: Mapping[str, Any] = field(default_factory=dict)
    """As xDS has it: `Component`, `ID`, and the build as `Info`."""

    @property
    def version(self) -> str:
        """The version of the istiod; empty when it is not known."""
        info = self.identity.get("Info")
        found = str(info.get("version") or "") if isinstance(info, dict) else ""
        return "" if found == UNKNOWN else found

    def json(self) -> Any:
        """The page as data; None for an empty one. Raises `IstiodError`."""
        try:
            return json.loads(self.content) if self.content.strip() else None
        except ValueError as error:
            text = " ".join(self.content[:200].decode("utf-8", "replace").split())
            raise IstiodError(f"{self.istiod} answers with something else than JSON: {text}") from error


class Istiod(Protocol):
    """One istiod."""

    @property
    def name(self) -> str:
        """What it is called."""

    def page(self, name: str, *, identity: bool = False) -> Page:
        """A page below `/debug/`, with its query; with `identity`, who answers is asked for too where it costs more.

        Raises a `MeshctlError`; a `ConnectedElsewhereError` when the page is about a proxy that it does not serve.
        """


@dataclass(frozen=True)
class ForwardedIstiod:
    """An istiod of the cluster, by its monitoring port; where that has no debug pages, by its own protocol.

    `xds` gives the port for that, and how istiod is trusted.
    """

    cluster: Cluster
    pod: ControlPlanePod
    xds: Callable[[], tuple[int, Security]]

    @property
    def name(self) -> str:
        """The name of its pod."""
        return self.pod.name

    def page(self, name: str, *, identity: bool = False) -> Page:
        """A page below `/debug/`."""
        try:
            content = self.pod.get(self.cluster, f"/debug/{name}")
        except ApiError as error:
            refused = _refusal(self.name, name, error.status, error.message)
            if error.status != _NOT_FOUND or isinstance(refused, ConnectedElsewhereError):
                raise refused from error
            return self._page_by_xds(name, refused)
        return Page(content, self.name, identity=self._identity() if identity else {})

    def _page_by_xds(self, name: str, refused: IstiodError) -> Page:
        try:
            port, security = self.xds()
            http = self.cluster.pod_http(self.pod.namespace, self.pod.name, port)
            seconds = self.cluster.deadline.remaining(self.cluster.transport.request_timeout)
            return _page(xds.ask(self.pod.name, port, name, security, seconds, http.connect), self.name, name)
        except ConnectedElsewhereError:
            raise
        except MeshctlError as error:
            raise IstiodError(f"{refused.message}; {error.message}", hint=refused.hint) from error

    def _identity(self) -> Mapping[str, Any]:
        try:
            return _identity(self.name, self.pod.get(self.cluster, "/version"))
        except MeshctlError:
            return _identity(self.name, b"")


@dataclass(frozen=True)
class HttpIstiod:
    """An istiod whose debug port is reached directly."""

    host: str
    port: int
    end: float
    """The moment of `time.monotonic` at which questions give up."""

    @property
    def name(self) -> str:
        """Its address."""
        return f"{self.host}:{self.port}"

    def page(self, name: str, *, identity: bool = False) -> Page:
        """A page below `/debug/`."""
        content = self._get(f"/debug/{name}")
        return Page(content, self.name, identity=self._identity() if identity else {})

    def _identity(self) -> Mapping[str, Any]:
        try:
            return _identity(self.name, self._get("/version"))
        except MeshctlError:
            return _identity(self.name, b"")

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=max(self.end - time.monotonic(), 0.001))
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            slow = isinstance(error, TimeoutError)
            problem = "it is too slow" if slow else (getattr(error, "strerror", None) or str(error)).lower()
            raise IstiodError(
                f"no debug page of istiod at {self.name}: {problem}",
                hint="--timeout gives it more time" if slow else "is it its debug port, 15014 or 8080?",
            ) from error
        finally:
            connection.close()
        if answer.status != 200:
            text = " ".join(content[:300].decode("utf-8", "replace").split())
            raise _refusal(self.name, path.removeprefix("/debug/"), answer.status, f"{path}: {answer.status} {text}")
        return content


@dataclass(frozen=True)
class XdsIstiod:
    """An istiod that is asked by its own protocol."""

    host: str
    port: int
    security: Security
    end: float

    @property
    def name(self) -> str:
        """Its address."""
        return f"{self.host}:{self.port}"

    def page(self, name: str, *, identity: bool = False) -> Page:
        """A page below `/debug/`; who answers is always told."""
        found = xds.ask(self.host, self.port, name, self.security, max(self.end - time.monotonic(), 0.001))
        return _page(found, self.name, name)


def _page(answer: DebugAnswer, istiod: str, page: str) -> Page:
    """The page that came by xDS, where refusals are a text too."""
    text = answer.content[:300].decode("utf-8", "replace")
    if text.startswith((_ELSEWHERE, _NO_PAGE)):
        raise _refusal(istiod, page, _NOT_FOUND, text.strip())
    return Page(
        answer.content, str(answer.control_plane.get("ID") or istiod), answer.version_info, answer.control_plane
    )


def _refusal(istiod: str, page: str, status: int, text: str) -> IstiodError:
    if _ELSEWHERE in text:
        return ConnectedElsewhereError(f"{istiod}: the proxy is not connected to it")
    hint = ""
    if status in (401, 403):
        hint = "debug pages are for callers that istiod knows, or through a port-forward"
    elif status == 404:
        hint = "`meshctl x internal-debug --list` lists the pages; ENABLE_DEBUG_ON_HTTP=false leaves them to xDS"
    return IstiodError(f"{istiod} has no page {page}: {text}" if status == 404 else f"{istiod}: {text}", hint=hint)


def _identity(name: str, version: bytes) -> Mapping[str, Any]:
    build = read_build(version)
    keys = ("version", "revision", "golang_version", "status", "tag")
    info = {key: value for key in keys if (value := getattr(build, key)) != UNKNOWN}
    return {"Component": "istiod", "ID": name, "Info": info}


def at_address(address: str, port: int, security: Callable[[], Security], seconds: float) -> Istiod:
    """The istiod at `HOST[:PORT]`, by its own protocol, or at `http://HOST[:PORT]`. Raises `UsageError`.

    What `security` gives is needed for the protocol only, and may take a question to the cluster.
    """
    found = _ADDRESS.fullmatch(address)
    scheme = found["scheme"] if found else ""
    if found is None or scheme not in (None, "http://") or not 0 < int(found["port"] or port) < 65536:
        raise UsageError(
            f"--xds-address cannot be {address!r}",
            hint="write HOST:PORT for xDS, or http://HOST:PORT for a debug port",
        )
    host, end = found["host"].strip("[]"), time.monotonic() + seconds
    if scheme:
        return HttpIstiod(host, int(found["port"] or _MONITORING), end)
    return XdsIstiod(host, int(found["port"] or port), security(), end)


@dataclass(frozen=True, slots=True)
class Silent:
    """An istiod that did not answer, and why."""

    name: str
    error: MeshctlError


def ask_all(istiods: Sequence[Istiod], question: Callable[[Istiod], R], seconds: float) -> tuple[list[R], list[Silent]]:
    """Asks all at once, for so many seconds at most; the answers, and who gave none, in the order of the istiods."""
    asked = _asked(istiods, question)
    wait(asked, timeout=seconds + _SPARE)
    answers: list[R] = []
    silent: list[Silent] = []
    for one, istiod in asked.items():
        error = _error(one, istiod, seconds)
        if error is None:
            answers.append(one.result())
        else:
            silent.append(Silent(istiod.name, error))
    return answers, silent


def first_answer(
    istiods: Sequence[Istiod], question: Callable[[Istiod], R], seconds: float
) -> tuple[R | None, list[Silent]]:
    """Asks all at once, and waits for the first answer only; where there is none, everybody's reason."""
    asked = _asked(istiods, question)
    try:
        for one in as_completed(asked, timeout=seconds + _SPARE):
            if _error(one, asked[one], seconds) is None:
                return one.result(), []
    except TimeoutError:
        pass
    silent = [(istiod.name, _error(one, istiod, seconds)) for one, istiod in asked.items()]
    return None, [Silent(name, error) for name, error in silent if error is not None]


def _asked(istiods: Sequence[Istiod], question: Callable[[Istiod], R]) -> dict[Future[R], Istiod]:
    """The questions, which go on in threads that nobody has to wait for."""
    pool = ThreadPoolExecutor(min(_WORKERS, max(1, len(istiods))))
    asked = {pool.submit(question, istiod): istiod for istiod in istiods}
    pool.shutdown(wait=False)
    return asked


def _error(one: Future[Any], istiod: Istiod, seconds: float) -> MeshctlError | None:
    """Why there is no answer; None when there is one."""
    if not one.done():
        return IstiodError(f"{istiod.name} gave no answer within {seconds:g} s", hint="--timeout gives it more time")
    error = one.exception()
    if error is None or isinstance(error, MeshctlError):
        return error
    raise error
