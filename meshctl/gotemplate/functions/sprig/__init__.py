"""The functions of sprig."""

from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.sprig.certificates import CERTIFICATES
from meshctl.gotemplate.functions.sprig.dates import DATES
from meshctl.gotemplate.functions.sprig.defaults import DEFAULTS
from meshctl.gotemplate.functions.sprig.dicts import DICTS
from meshctl.gotemplate.functions.sprig.encoding import ENCODING
from meshctl.gotemplate.functions.sprig.environment import ENVIRONMENT
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

SPRIG: FunctionMap = {
    **CERTIFICATES,
    **DATES,
    **DEFAULTS,
    **DICTS,
    **ENCODING,
    **ENVIRONMENT,
    **LISTS,
    **NAMES,
    **NUMBERS,
    **PATHS,
    **REFLECTION,
    **REGEX,
    **SEMVER,
    **SERIALIZATION,
    **STRINGS,
    **URLS,
}
"""Every function of sprig's text map by its name."""
