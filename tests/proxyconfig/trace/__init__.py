"""The way of a request, as it is predicted from a dump and as a real Envoy takes it."""
