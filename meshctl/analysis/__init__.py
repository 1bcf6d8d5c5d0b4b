"""Lints a snapshot: analyzers, their registry, and the run over all of them."""

from meshctl.analysis.analyzer import Analyzer, analyzer
from meshctl.analysis.run import Report, analyze, exit_code

__all__ = ["Analyzer", "Report", "analyze", "analyzer", "exit_code"]
