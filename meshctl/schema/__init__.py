"""Checks a resource by the schema of its kind, and says in our own words what is wrong with it."""
