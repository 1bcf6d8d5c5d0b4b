"""Carries out a plan: stage after stage, each in parallel, waiting for what the next one needs.

Whatever ends a run, an object that the server refuses, the time, Ctrl-C, the account tells what is in place; running
again goes on from there, as every step asks only for what is still missing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from meshctl.install import establishing
from meshctl.install.adoption import handover
from meshctl.install.conflicts import ATTEMPTS, conflicts, was_overtaken
from meshctl.install.desired import Stage
from meshctl.install.field_managers import with_first_values
from meshctl.install.identity import Identity, Object, identity
from meshctl.install.lingering import hindrances, is_leaving
from meshctl.install.outcome import Account, Progress, Status
from meshctl.install.ownership import MANAGER
from meshctl.install.plan import Action, Plan, Step
from meshctl.install.readiness import NeverReadyError, missing, reasons, waits
from meshctl.install.removal import remove
from meshctl.install.webhook_defaults import lacks_authority
from meshctl.kube import ApiError, Cluster, ClusterError, ConflictError, ForbiddenError, ResourceType, TimedOutError

_NAMESPACE = ResourceType("", "v1", "Namespace", "namespaces", False)
_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
_EXPLANATION = 10.0
"""Seconds to find out why something is not ready when the time is over."""

_AUTHORITY = 1.0
"""Seconds that istiod has to put its certificate into new webhooks; a running one takes a fraction of a second."""

_ROUNDS = (
    (Stage.DEFINITIONS, Stage.ACCOUNTS, Stage.SETTINGS),
    (Stage.CONTROL_PLANE,),
    (Stage.WEBHOOKS,),
    (Stage.DATA_PLANE,),
)
"""What is applied at once. The server needs a moment for new kinds, which accounts and settings need not wait for."""


class _StoppedError(Exception):
    """The run cannot go on; the account tells why."""


@dataclass(slots=True)
class Application:
    """One run over a plan. `live` is each object as it was last seen."""

    cluster: Cluster
    plan: Plan
    progress: Progress = field(default_factory=Progress)
    force: bool = False
    account: Account = field(default_factory=Account)
    live: dict[Identity, Object] = field(default_factory=dict)

    def run(self) -> Account:
        """Makes the cluster as planned; what became of it, without raising."""
        try:
            self._prepare_namespaces()
            for stages in _ROUNDS:
                self._round([step for step in self.plan.steps if step.wanted and step.wanted.stage in stages])
            self._prune()
        except _StoppedError as error:
            self.account.failure = str(error)
        except TimedOutError:
            within = f"within {self.cluster.deadline.seconds:g} s"
            waiting = bool(self.account.of(Status.NOT_READY))
            late = "as the API server is slow or does not answer any more"
            self.account.failure = f"not ready {within}" if waiting else f"not done {within}, {late}"
        except ClusterError as error:
            self.account.failure = error.message
        except KeyboardInterrupt:
            self.account.failure = "interrupted"
        self._close()
        return self.account

    def _prepare_namespaces(self) -> None:
        for name, labels in self.plan.new_namespaces.items():
            if name in self.plan.state.namespaces:
                self._gone(_NAMESPACE, name, "")
            key = Identity("", "Namespace", "", name)
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels)}}
            try:
                self.cluster.create(body, again=True)
            except ApiError as error:
                if error.reason != "AlreadyExists":
                    self.account.note(key, Status.FAILED, error.message)
                    raise _StoppedError(f"namespace {name} cannot be created") from error
            self.account.note(key, Status.CREATED)

    def _round(self, steps: Sequence[Step]) -> None:
        self.cluster.each(self._apply, steps)
        broken = [step.component for step in steps if self._is(step, Status.FAILED)]
        for title in dict.fromkeys(broken):
            first = next(step for step in steps if step.component == title and self._is(step, Status.FAILED))
            self.progress.failed(title, f"{first.identity}: {self.account.outcomes[first.identity].reason}")
        self._await_ready([step.identity for step in steps if step.identity in self.live])
        if broken:
            raise _StoppedError(f"{', '.join(dict.fromkeys(broken))} could not be applied wholly")
        new = [step.live or self.live[step.identity] for step in steps
               if step.action is Action.CREATE and step.wanted and step.wanted.stage is Stage.DEFINITIONS]  # fmt: skip
        if new:
            self.cluster.forget_resource_types()
            self.cluster.each(self._open, new)
        self._tell_done(steps)

    def _open(self, definition: Object) -> None:
        """Lets the server set up the storage of a new kind, which it does at the first request for one of its objects.

        Until that is done it refuses lists for a second, to whoever comes next.
        """
        spec = definition["spec"]
        version = next(version["name"] for version in spec["versions"] if version.get("storage"))
        names = spec["names"]
        type_ = ResourceType(spec["group"], version, names["kind"], names["plural"], spec["scope"] == "Namespaced")
        with contextlib.suppress(ApiError):
            self.cluster.get(type_, "none", "default")

    def _is(self, step: Step, status: Status) -> bool:
        found = self.account.outcomes.get(step.identity)
        return found is not None and found.status is status

    def _tell_done(self, steps: Iterable[Step]) -> None:
        """Names the components of which everything is in place."""
        for title in dict.fromkeys(step.component for step in steps):
            whole = [step for step in self.plan.steps if step.component == title and step.wanted]
            if all(step.identity in self.live or self._is(step, Status.LEFT_OUT) for step in whole):
                self.progress.done(title)

    def _apply(self, step: Step) -> None:
        assert step.wanted is not None
        key = step.identity
        if step.action is Action.KEEP and step.live is not None and not is_leaving(step.live):
            self.live[key] = step.live
            self.account.note(key, Status.KEPT)
            return
        if step.live is None and step.problem:
            self.account.note(key, Status.LEFT_OUT, step.problem)
            return
        try:
            self.live[key] = self._applied(step)
        except ConflictError as error:
            found = conflicts(error)
            self.account.note(key, Status.FAILED, "; ".join(map(str, found)) or error.message)
        except TimedOutError:
            raise
        except ClusterError as error:
            self.account.note(key, Status.FAILED, _refusal(error))
        else:
            self.account.note(key, Status.CREATED if step.live is None else Status.CHANGED)

    def _applied(self, step: Step) -> Object:
        """The object after it was applied, waiting for one of its name that is being deleted."""
        assert step.wanted is not None
        if step.live is not None and is_leaving(step.live):
            self._gone(self.cluster.type_of(step.live), step.identity.name, step.identity.namespace)
        elif step.live is not None and step.hand_over:
            self._take_over(self.cluster.type_of(step.live), step.live)
        found = self._sent(step)
        while is_leaving(found):
            self._gone(self.cluster.type_of(found), step.identity.name, step.identity.namespace)
            found = self._sent(step)
        return with_first_values(self.cluster, found, step.wanted.initial)

    def _sent(self, step: Step) -> Object:
        assert step.wanted is not None
        attempt = 0
        while True:
            try:
                return self.cluster.apply(step.wanted.data, MANAGER, force=self.force)
            except ApiError as error:
                attempt += 1
                if attempt == ATTEMPTS or not _may_pass(error):
                    raise
                if _is_unserved(error):
                    self.cluster.forget_resource_types()
                self.cluster.deadline.sleep(_PAUSE * 2**attempt)

    def _take_over(self, type_: ResourceType, live: Object) -> None:
        key = identity(live)
        for _ in range(ATTEMPTS):
            try:
                self.cluster.patch(
                    type_, key.name, key.namespace, handover(live), content_type="application/json-patch+json"
                )
            except ApiError as error:
                if error.status not in (404, 409):
                    raise
            else:
                return
            found = self.cluster.get(type_, key.name, key.namespace)
            if found is None:
                return
            live = found

    def _gone(self, type_: ResourceType, name: str, namespace: str) -> None:
        """Waits until an object is gone that is being deleted."""
        key = Identity(type_.group, type_.kind, namespace, name)
        found: Object | None = None
        try:
            while (found := self.cluster.get(type_, name, namespace)) and is_leaving(found):
                self.cluster.deadline.sleep(_PAUSE)
        except TimedOutError:
            if found is not None:
                why = hindrances(self.cluster.within(_EXPLANATION), found)
                self.account.note(key, Status.NOT_READY, "it is still being deleted", why)
            raise

    def _await_ready(self, keys: Iterable[Identity]) -> None:
        """Waits until the objects of a round are ready; raises `TimedOutError`, and `_StoppedError` if one never is."""
        pending = [key for key in keys if waits(self.live[key])]
        pause = waited = 0.0
        while pending := [key for key in pending if not self._is_ready(key)]:
            self.progress.waiting([str(key) for key in pending])
            if waited >= establishing.PATIENCE:
                waited = 0.0
                for key in pending:
                    if establishing.is_accepted_only(self.live[key]):
                        establishing.remind(self.cluster, self.live[key])
            pause = min(max(_PAUSE, pause * 1.2), _LONGEST_PAUSE)
            self.cluster.deadline.sleep(pause)
            waited += pause
            found = self.cluster.each(
                lambda key: self.cluster.get(self.cluster.type_of(self.live[key]), key.name, key.namespace), pending
            )
            for key, item in zip(pending, found, strict=True):
                if item is None:
                    self.account.note(key, Status.FAILED, "it was deleted while it was waited for")
                    raise _StoppedError(f"{key} was deleted meanwhile")
                self.live[key] = item

    def _is_ready(self, key: Identity) -> bool:
        try:
            lacking = missing(self.live[key])
        except NeverReadyError as error:
            self.account.note(key, Status.NOT_READY, error.message)
            raise _StoppedError(error.message) from error
        before = self.account.outcomes[key]
        if lacking:
            self.account.note(key, Status.NOT_READY, lacking)
        elif before.status is Status.NOT_READY:
            action = next(step.action for step in self.plan.steps if step.identity == key)
            self.account.note(key, _DONE[action])
        return not lacking

    def _prune(self) -> None:
        steps = self.plan.of(Action.REMOVE)
        if steps:
            remove(
                self.cluster,
                [(step.identity, step.live) for step in steps if step.live is not None],
                self.account,
                self.progress,
            )

    def _close(self) -> None:
        """Completes the account: what was not reached, and why what is not ready is not."""
        for step in self.plan.steps:
            if step.identity not in self.account.outcomes:
                self.account.note(step.identity, Status.NOT_REACHED)
        late = self.account.of(Status.NOT_READY)
        asking = self.cluster.within(_EXPLANATION)
        for key in late:
            item = self.live.get(key)
            outcome = self.account.outcomes[key]
            if item is not None and not outcome.details:
                self.account.note(key, Status.NOT_READY, outcome.reason, tuple(reasons(asking, item)))
        if not self.account.failed:
            self._check_authority()

    def _check_authority(self) -> None:
        """Waits a moment for istiod's certificate in webhooks that have just been made, and notes what lacks it."""
        fresh = {step.identity for step in self.plan.steps if step.action is not Action.KEEP}
        if not any(key.kind == "Deployment" and step.wanted and step.wanted.component == "pilot"
                   for step in self.plan.steps for key in (step.identity,)):  # fmt: skip
            return
        pending = [key for key, item in self.live.items() if key in fresh and lacks_authority(item)]
        left = _AUTHORITY
        try:
            while pending and left > 0:
                found = self.cluster.each(
                    lambda key: self.cluster.get(self.cluster.type_of(self.live[key]), key.name), pending
                )
                self.live |= {key: item for key, item in zip(pending, found, strict=True) if item is not None}
                pending = [key for key in pending if lacks_authority(self.live[key])]
                if pending:
                    self.progress.waiting([str(key) for key in pending])
                    self.cluster.deadline.sleep(_PAUSE)
                    left -= _PAUSE
        except (ClusterError, KeyboardInterrupt):
            pass
        for key in pending:
            self.account.notes.append(
                f"{key}: istiod has not put its certificate in yet; until it does, the API server cannot call it"
            )


def _may_pass(error: ApiError) -> bool:
    """Whether a refusal may be over soon: another writer was faster, or the server or a webhook has just begun."""
    return error.status >= 500 or was_overtaken(error) or _is_unserved(error)


def _is_unserved(error: ApiError) -> bool:
    """Whether the server does not know the kind, as one of several servers that have not seen its definition yet."""
    return error.status == 404 and not error.reason


_DONE = {Action.CREATE: Status.CREATED, Action.CHANGE: Status.CHANGED, Action.KEEP: Status.KEPT}


def _refusal(error: ClusterError) -> str:
    if isinstance(error, ForbiddenError):
        return f"forbidden: {error.message}"
    if isinstance(error, ApiError) and error.causes:
        return "; ".join(error.causes)
    return error.message
