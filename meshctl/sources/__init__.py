"""Where resources come from: files, directories and standard input."""

from meshctl.sources.files import STANDARD_INPUT, Reading, read
from meshctl.sources.mesh_config import read_mesh_config
from meshctl.sources.objects import Document, Objects

__all__ = ["STANDARD_INPUT", "Document", "Objects", "Reading", "read", "read_mesh_config"]
