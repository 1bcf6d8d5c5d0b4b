"""Checks of deployments against the services in front of them."""
