"""Checks of the authentication of peers and of requests."""
