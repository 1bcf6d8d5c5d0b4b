"""Mutated YAML against `analyze`: `python -m tests.fuzz [SECONDS]` for a long run."""
