"""Checks of telemetry: selectors, providers and log formats."""
