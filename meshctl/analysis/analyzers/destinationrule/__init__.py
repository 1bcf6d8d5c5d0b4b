"""Checks of destination rules: their hosts, subsets, TLS and load balancing."""
