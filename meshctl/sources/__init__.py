"""Where resources come from: files, directories and standard input."""

from meshctl.sources.files import Reading, read
from meshctl.sources.objects import Document, Objects

__all__ = ["Document", "Objects", "Reading", "read"]
