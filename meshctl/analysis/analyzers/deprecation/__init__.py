"""Checks for configuration of features that are on their way out."""
