"""Ends by others are taken as those by Ctrl-C, so that a command tells what it has done before it goes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def told_when_ended() -> Iterator[None]:
    """Makes SIGTERM (as CI sends it) and SIGHUP (of a terminal that closes) raise `KeyboardInterrupt` meanwhile.

    What the process was started to ignore, as SIGHUP under `nohup`, stays ignored.
    """
    names = ("SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ()
    ends = [getattr(signal, name) for name in names if hasattr(signal, name)]
    heeded = [end for end in ends if signal.getsignal(end) is not signal.SIG_IGN]
    before = {end: signal.signal(end, signal.default_int_handler) for end in heeded}
    try:
        yield
    finally:
        for end, handler in before.items():
            signal.signal(end, handler)
