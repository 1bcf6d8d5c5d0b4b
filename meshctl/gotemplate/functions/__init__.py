"""The functions that templates can call."""
