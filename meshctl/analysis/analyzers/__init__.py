"""Every analyzer: one folder for each topic, one file for each check."""
