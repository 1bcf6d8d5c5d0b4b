"""Checks of workload groups."""
