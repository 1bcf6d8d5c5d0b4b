"""Whether a request to a workload is allowed: its policies as filters of its proxy, and what the filters decide."""
