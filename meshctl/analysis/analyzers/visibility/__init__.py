"""Checks of who can see a resource."""
