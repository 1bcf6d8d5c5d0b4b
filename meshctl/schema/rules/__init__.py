"""Rules of parts that several kinds have in common: destinations, TLS settings, connection pools and so on.

Each function takes the field of such a part and yields what is wrong with it. The names in brackets are those of
Istio's rules in the tests' list of rows.
"""
