"""A real control plane for tests: etcd, API server, controllers and scheduler, with kwok as the kubelets."""
