"""Envoy's role-based access control: whether the filters of a proxy let a request through, and which policy decides."""
