"""Checks of the way to a control plane outside of the cluster."""
