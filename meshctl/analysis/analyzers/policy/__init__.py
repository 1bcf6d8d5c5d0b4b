"""Checks that hold for policies of several kinds: what they select, and what they are attached to."""
