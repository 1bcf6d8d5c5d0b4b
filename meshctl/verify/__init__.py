"""Whether an installation is as it should be: what was rendered against what lives, and whether it works."""
