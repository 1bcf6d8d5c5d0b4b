"""The functions that always give the same for the same arguments, and change none of them."""

from meshctl.gotemplate.functions.builtin import BUILTINS
from meshctl.gotemplate.functions.sprig.defaults import DEFAULTS
from meshctl.gotemplate.functions.sprig.dicts import DICTS
from meshctl.gotemplate.functions.sprig.encoding import ENCODING
from meshctl.gotemplate.functions.sprig.lists import LISTS
from meshctl.gotemplate.functions.sprig.names import NAMES
from meshctl.gotemplate.functions.sprig.numbers import NUMBERS
from meshctl.gotemplate.functions.sprig.paths import PATHS
from meshctl.gotemplate.functions.sprig.reflection import REFLECTION
from meshctl.gotemplate.functions.sprig.regex import REGEX
from meshctl.gotemplate.functions.sprig.semver import SEMVER
from meshctl.gotemplate.functions.sprig.serialization import SERIALIZATION
from meshctl.gotemplate.functions.sprig.strings import STRINGS
from meshctl.gotemplate.functions.sprig.urls import URLS

_CHANGING = {"set", "unset", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite"}
_RANDOM = {"randInt", "shuffle"}
_UNKNOWN = {"call"}  # calls what the data hold

REPEATABLE = frozenset(
    {
        *BUILTINS, *DEFAULTS, *DICTS, *ENCODING, *LISTS, *NAMES, *NUMBERS, *PATHS,
        *REFLECTION, *REGEX, *SEMVER, *SERIALIZATION, *STRINGS, *URLS,
    }
    - _CHANGING
    - _RANDOM
    - _UNKNOWN
)  # fmt: skip
"""Their names: not those that ask the clock, chance, the environment or the network."""
