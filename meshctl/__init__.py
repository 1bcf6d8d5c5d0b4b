"""meshctl: install, inject, lint and look into Istio service meshes."""

__version__ = "0.1.0"
