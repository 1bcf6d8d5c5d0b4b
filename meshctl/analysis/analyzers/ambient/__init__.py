"""Checks of ambient mode: waypoints, and policies that need one."""
