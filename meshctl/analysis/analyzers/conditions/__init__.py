"""Checks of what controllers wrote into the status of resources."""
