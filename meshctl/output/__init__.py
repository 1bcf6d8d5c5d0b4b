"""How results are shown: to people, to scripts, and to other programs."""
