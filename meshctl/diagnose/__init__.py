"""Questions that need several parts of meshctl at once."""
