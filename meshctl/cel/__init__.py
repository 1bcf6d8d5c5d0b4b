"""Common Expression Language: parses any expression, and evaluates what validation rules of CRDs use.

The packages for it on PyPI either take a tenth of a second to import or lack the functions that Kubernetes adds
(`isURL`, `url`, `duration`, `format`), and a lint of ten files takes no longer than that.
"""

from meshctl.cel.errors import CelError, CelSyntaxError
from meshctl.cel.evaluate import Program, compile_expression
from meshctl.cel.parse import parse

__all__ = ["CelError", "CelSyntaxError", "Program", "compile_expression", "parse"]
