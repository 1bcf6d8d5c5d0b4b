"""What the mesh does with a pod or a service: its policies, routes, mutual TLS and gateways.

Each file finds one part of the answer and gives it as values. What a proxy was really sent comes from its config dump;
where there is none, the same is derived from the objects, as the control plane would.
"""
