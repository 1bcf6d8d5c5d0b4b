"""What the values of flags and arguments may be: the place that checks them also tells shells what to offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from meshctl.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Words = Sequence[str] | Mapping[str, str]
"""Words that a shell offers, perhaps with what each means."""


class Value(click.ParamType):  # type: ignore[type-arg]  # older releases of click know no argument
    """A text of a certain sort.

    `words` are known beforehand; to `ask` is to look into the cluster or a file, by the name of a function in
    `live_names.py`; `files` says that it may be a path. Nothing is checked here.
    """

    name = "text"

    def __init__(self, words: Words | Callable[[], Words] = (), *, ask: str = "", files: bool = False) -> None:
        self._words = words
        self.ask = ask
        self.files = files

    @property
    def words(self) -> Mapping[str, str]:
        """The words known beforehand, with what they mean."""
        found = self._words() if callable(self._words) else self._words
        return found if isinstance(found, Mapping) else dict.fromkeys(found, "")

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """What may stand for a word that begins so; asks the cluster or a file where only they know."""
        from click.shell_completion import CompletionItem

        found = list(self.words.items())
        if self.ask:
            from meshctl.cli.live_names import names

            found += names(self.ask, ctx, incomplete)
        offered = [CompletionItem(word, help=text) for word, text in found if word.startswith(incomplete)]
        return [*offered, CompletionItem(incomplete, type="file")] if self.files else offered


class OneOf(Value):
    """One of some words, in any case; in the function of the command it is in lower case.

    With `optional`, an empty text stands for none of them.
    """

    def __init__(self, words: Sequence[str] | Callable[[], Sequence[str]], *, optional: bool = False) -> None:
        super().__init__(words)
        self._optional = optional

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word; raises `UsageError` for another one."""
        if self._optional and not value:
            return ""
        return choice(str(value), tuple(self.words), _title(param))


class RevisionName(Value):
    """The name of a revision that may be made; an empty text stands for none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name; raises `UsageError` for one that no revision can have."""
        from meshctl.schema.grammars.hosts import label

        text = str(value)
        if text and (rule := label(text)):
            raise UsageError(f"{_title(param)} cannot be {text!r}", hint=rule)
        return text


def choice(value: str, known: Sequence[str], flag: str) -> str:
    """The value in lower case when it is one of those known; else a usage error that names them."""
    lower = value.lower()
    if lower not in known:
        raise UsageError(f"{flag} cannot be {value!r}", hint=f"use one of {', '.join(known)}")
    return lower


def _title(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return f"the {param.name}" if param is not None else "the value"


def _codes() -> Words:
    from meshctl.messages import message_types

    return {found.code: found.name for found in message_types()}


def _suppressions() -> Words:
    return {f"{code}=": text for code, text in Value(_codes).words.items()}


def _levels() -> Words:
    from meshctl.messages import Level

    return [str(level).lower() for level in Level]


def _istiod_levels() -> Words:
    from meshctl.sources.control_z import LEVELS

    return LEVELS


def _analyzers() -> Words:
    from meshctl.analysis.analyzer import analyzers

    return {found.name: "" for found in analyzers()}


def _profiles() -> Words:
    from meshctl.charts.profiles import profile_names

    return profile_names()


def _settings() -> Words:
    return [f"profile={name}" for name in Value(_profiles).words]


FILES = Value(files=True)
CODES = Value(_codes)
SUPPRESSIONS = Value(_suppressions)
LEVELS = Value(_levels)
ISTIOD_LEVELS = Value(_istiod_levels)
ANALYZERS = Value(_analyzers)
PROFILES = Value(_profiles)
PROFILES_OR_FILES = Value(_profiles, files=True)
SETTINGS = Value(_settings)
DIRECTIONS = Value(("inbound", "outbound"))
LISTENER_TYPES = Value(("HTTP", "TCP", "HTTP+TCP", "UNKNOWN"))
STATUSES = Value(("healthy", "unhealthy", "draining", "timeout", "degraded", "unknown"))

CONTEXTS = Value(ask="contexts")
NAMESPACES = Value(ask="namespaces")
PODS = Value(ask="pods")
PODS_OR_FILES = Value(ask="pods", files=True)
ISTIOD_PODS = Value(ask="istiod_pods")
WORKLOADS = Value(ask="workloads")
SERVICES = Value(ask="services")
REVISIONS = Value(ask="revisions")
REVISION_NAMES = RevisionName(ask="revisions")
TAGS = Value(ask="tags")

CLUSTERS = Value(ask="clusters")
CLUSTER_HOSTS = Value(ask="cluster_hosts")
SUBSETS = Value(ask="subsets")
ROUTES = Value(ask="routes")
HOSTS = Value(ask="hosts")
