"""A real Envoy on loopback for the tests: configurations, upstream servers, and a client that sends what it is told."""
