"""Whether requests are allowed, out of policies."""
