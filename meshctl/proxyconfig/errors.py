"""What can be wrong with an answer of Envoy's admin pages."""

from __future__ import annotations

from meshctl.errors import UnreadableError

WHOLE_DUMP = "/config_dump?include_eds=true"
"""The admin page that has everything that meshctl can show."""

SAVE_IT = f"save the answer to {WHOLE_DUMP} of the proxy's admin port"
"""What to do for a file that has all that is needed."""


class DumpError(UnreadableError):
    """Bytes that are no answer of an Envoy, or not the one that is needed."""


class MissingSectionError(DumpError):
    """A section that a dump does not have, because it was asked for without it or the proxy has nothing of it."""

    def __init__(self, section: str, present: list[str]) -> None:
        there = f"it has {', '.join(present)}" if present else "it is empty"
        # Envoy leaves out this section alone when nothing is in it.
        nothing = "Ecds" in section and "BootstrapConfigDump" in present
        hint = "the control plane serves this proxy no filters by themselves" if nothing else SAVE_IT
        super().__init__(f"config dump has no configuration type {section}; {there}", hint=hint)


class NothingFoundError(DumpError):
    """A section that is there, but has nothing in it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="the proxy may not have heard from the control plane yet: see proxy-status")


class MissingEndpointsError(DumpError):
    """A config dump that was asked for without endpoints, which Envoy then leaves out."""

    def __init__(self) -> None:
        super().__init__("the config dump has no endpoints: it was saved without include_eds", hint=SAVE_IT)
