"""Installs, changes and removes control planes in a cluster: what is wanted, what is there, the plan between them."""
