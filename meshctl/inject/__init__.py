"""Sidecar injection: whether a pod gets a proxy, what the templates make of it, how to take it out again."""
