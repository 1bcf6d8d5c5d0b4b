"""Checks of sidecar injection."""
