"""Checks of single resources by their schemas and validators."""
