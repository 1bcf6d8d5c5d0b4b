"""Checks of services over several clusters."""
