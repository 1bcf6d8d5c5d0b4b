"""Which way a request takes through a proxy: listener, filter chain, virtual host, route, cluster and endpoint.

Everything is decided by the rules of Envoy on what a config dump has; what only a running proxy knows (random choices,
health, metadata that filters set) is told as such. The tests compare each rule with a real Envoy.
"""
