"""Checks of the user that applications run as."""
