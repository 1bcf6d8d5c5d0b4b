"""YAML and JSON text to data as Kubernetes reads it, and back: split, parse, positions, masking, writing."""

from meshctl.documents.chunk import Chunk
from meshctl.documents.decode import decode
from meshctl.documents.errors import MAX_ALIASED, MAX_BYTES, MAX_DEPTH, DocumentError
from meshctl.documents.masking import mask
from meshctl.documents.parse import parse, parse_all
from meshctl.documents.parsed import Parsed, Remark
from meshctl.documents.positions import Mark, Positions
from meshctl.documents.split import split
from meshctl.documents.writer import write_json, write_yaml, write_yaml_all

__all__ = [
    "MAX_ALIASED",
    "MAX_BYTES",
    "MAX_DEPTH",
    "Chunk",
    "DocumentError",
    "Mark",
    "Parsed",
    "Positions",
    "Remark",
    "decode",
    "mask",
    "parse",
    "parse_all",
    "split",
    "write_json",
    "write_yaml",
    "write_yaml_all",
]
