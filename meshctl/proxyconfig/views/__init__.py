"""One file per view of a config dump."""
