"""Checks of the Gateway API: its definitions, its gateways, and policies for them."""
