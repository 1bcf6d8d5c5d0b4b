"""Checks of virtual services against the rest of the mesh."""
