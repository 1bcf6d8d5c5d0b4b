"""What is wrong with a text that libyaml refuses, in our words."""

from __future__ import annotations

import yaml

from meshctl.documents.chunk import Chunk
from meshctl.documents.errors import DocumentError


def syntax_error(chunk: Chunk, error: yaml.MarkedYAMLError) -> DocumentError:
    """The error for a problem of libyaml, at the place where the mistake is rather than where it was noticed."""
    mark = error.problem_mark or error.context_mark
    index = min(mark.index, len(chunk.text)) if mark else 0
    return chunk.error("not valid YAML", index)
