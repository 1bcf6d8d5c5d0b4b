"""Tests of what is read out of Envoy's admin pages.

`recorded/` holds the answers of real proxies, with the tables that istioctl prints for them.
"""
