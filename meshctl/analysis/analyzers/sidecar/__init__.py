"""Checks of Sidecar resources: whom they apply to, and what they import."""
