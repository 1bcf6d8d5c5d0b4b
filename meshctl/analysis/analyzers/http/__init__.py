"""Checks of what rules say about HTTP requests, in kinds that match them."""
