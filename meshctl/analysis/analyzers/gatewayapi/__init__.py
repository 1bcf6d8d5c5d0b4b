"""Checks of the Gateway API: what routes attach to and lead to, and classes of gateways."""
