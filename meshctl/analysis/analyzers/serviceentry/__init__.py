"""Checks of service entries against each other and against the mesh."""
