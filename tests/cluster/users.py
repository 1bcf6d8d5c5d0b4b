"""Who speaks to the API server of a test cluster, and the kubeconfig file of each.

Each program and each kind of tester has a name of its own, so that the audit log tells them apart. `restricted` may
do nothing but discover until a test grants it something.
"""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

USERS = {
    "admin": "system:masters",
    "restricted": "",
    "system:kube-controller-manager": "system:masters",
    "system:kube-scheduler": "",
    "system:kwok": "system:masters",
    "system:tests": "system:masters",
}
"""User names and the group of each. The scheduler's roles are built into Kubernetes."""


class Users:
    """Tokens, made anew for each cluster."""

    def __init__(self) -> None:
        self.tokens = {name: secrets.token_hex(16) for name in USERS}

    def write_tokens(self, path: Path) -> None:
        """The file for `--token-auth-file`."""
        rows = [f'{token},{name},{name},"{USERS[name]}"' for name, token in self.tokens.items()]
        path.touch(mode=0o600)
        path.write_text("\n".join(rows) + "\n")

    def write_kubeconfigs(self, directory: Path, server: str, authority: str) -> None:
        """One file for each user, as JSON, which is YAML too."""
        directory.mkdir(mode=0o700)
        data = base64.b64encode(authority.encode()).decode()
        for name, token in self.tokens.items():
            config = {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority-data": data}}],
                "users": [{"name": name, "user": {"token": token}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
                "current-context": "test",
            }
            kubeconfig(directory, name).write_text(json.dumps(config, indent=1) + "\n")


def kubeconfig(directory: Path, user: str) -> Path:
    """Where the file of a user is."""
    return directory / user.removeprefix("system:")
