"""Checks of authorization policies."""
