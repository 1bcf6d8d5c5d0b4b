"""What an installation consists of: profiles, the values of each chart, and the manifests that they give."""
