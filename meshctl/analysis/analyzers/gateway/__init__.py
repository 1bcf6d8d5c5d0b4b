"""Checks of gateways: their pods, ports, hosts and certificates."""
