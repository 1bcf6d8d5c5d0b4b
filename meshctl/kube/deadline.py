"""One limit of time for everything that a command does."""

from __future__ import annotations

import time

from meshctl.kube.errors import TimedOutError


class Deadline:
    """The moment at which a command gives up; None seconds for never. `flag` is what gives it more."""

    __slots__ = ("_end", "flag", "seconds")

    def __init__(self, seconds: float | None = None, flag: str = "--timeout") -> None:
        self.seconds = seconds
        self.flag = flag
        self._end = None if seconds is None else time.monotonic() + seconds

    def remaining(self, at_most: float) -> float:
        """The seconds that a step may take which wants `at_most` of them; raises `TimedOutError` when none are left."""
        if self._end is None:
            return at_most
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimedOutError(f"no answer within {self.seconds:g} s", hint=f"{self.flag} gives it more time")
        return min(left, at_most)

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self._end is not None and time.monotonic() >= self._end

    def sleep(self, seconds: float) -> None:
        """Waits, but not longer than until the end; raises `TimedOutError` when the time is up."""
        time.sleep(self.remaining(seconds))
