"""The control plane's own protocol: one question to istiod over gRPC, and its answer.

gRPC is a thin layer over HTTP/2, for which the `h2` library is enough; the few fields of messages that are needed are
read and written here.
"""
