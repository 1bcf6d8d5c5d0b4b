"""Checks of envoy filters: patches that do nothing or depend on their order."""
