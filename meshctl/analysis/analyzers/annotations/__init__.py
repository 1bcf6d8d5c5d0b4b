"""Checks of the annotations and labels that Istio defines."""
