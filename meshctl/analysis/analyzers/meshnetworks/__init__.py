"""Checks of the networks of a mesh."""
