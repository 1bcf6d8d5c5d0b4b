"""Checks of the webhooks that inject sidecars."""
