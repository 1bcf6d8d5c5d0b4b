"""A synthetic mesh of any size: ten resources for each application, twenty applications to a namespace."""

from __future__ import annotations

from pathlib import Path

_APPLICATION = """\
apiVersion: v1
kind: Service
metadata: {{name: app{i}, namespace: ns{n}}}
spec:
  selector: {{app: app{i}}}
  ports:
  - name: http
    port: 8080
    targetPort: 8080
---
{deployments}apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: app{i}
  namespace: ns{n}
spec:
  hosts: [app{i}]
  http:
  - match:
    - headers: {{end-user: {{exact: jason}}}}
      uri: {{prefix: /api/v{i}}}
    route:
    - destination: {{host: app{i}, subset: v2}}
    timeout: 10s
    retries: {{attempts: 3, perTryTimeout: 2s}}
  - route:
    - destination: {{host: app{i}, subset: {subset}}}
      weight: 90
    - destination: {{host: app{i}, subset: v2}}
      weight: 10
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: app{i}
  namespace: ns{n}
spec:
  host: app{i}
  trafficPolicy:
    connectionPool: {{tcp: {{maxConnections: 100}}, http: {{http2MaxRequests: 1000}}}}
    outlierDetection: {{consecutive5xxErrors: 7, interval: 5m, baseEjectionTime: 15m}}
  subsets:
  - name: v1
    labels: {{version: v1}}
  - name: v2
    labels: {{version: v2}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: gw{i}, namespace: ns{n}}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
  - port: {{number: 80, name: http, protocol: HTTP}}
    hosts: [app{i}.example.com]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: app{i}-edge, namespace: ns{n}}}
spec:
  hosts: [app{i}.example.com]
  gateways: [gw{i}]
  http:
  - route:
    - destination: {{host: app{i}.ns{n}.svc.cluster.local, port: {{number: 8080}}}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: app{i}, namespace: ns{n}}}
spec:
  selector: {{matchLabels: {{app: app{i}}}}}
  action: ALLOW
  rules:
  - from:
    - source: {{principals: [cluster.local/ns/ns{n}/sa/default]}}
    to:
    - operation: {{methods: [GET, POST], paths: ["/api/*"]}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {{name: app{i}, namespace: ns{n}}}
spec:
  selector: {{matchLabels: {{app: app{i}}}}}
  jwtRules:
  - issuer: https://issuer{i}.example.com
    jwksUri: https://issuer{i}.example.com/jwks.json
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: ext{i}, namespace: ns{n}}}
spec:
  hosts: [api{i}.external.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports:
  - {{number: 443, name: https, protocol: TLS}}
"""

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app{i}-{version}, namespace: ns{n}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: app{i}, version: {version}}}}}
  template:
    metadata:
      labels: {{app: app{i}, version: {version}}}
    spec:
      containers:
      - name: app
        image: example.com/app{i}:1.0
        ports: [{{containerPort: 8080}}]
        readinessProbe: {{httpGet: {{path: /ready, port: 8080}}}}
---
"""

_GATEWAY = """\
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Service
metadata: {name: istio-ingressgateway, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: istio-ingressgateway-0, namespace: istio-system, labels: {istio: ingressgateway}}
spec: {containers: [{name: istio-proxy, image: docker.io/istio/proxyv2:1.31.0}]}
"""

_NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {{name: ns{n}, labels: {{istio-injection: enabled}}}}\n"


def write(folder: Path, applications: int, *, mistakes: bool = False) -> int:
    """Writes the mesh; `mistakes` plants a subset that does not exist into every tenth application.

    Returns the number of mistakes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "base.yaml").write_text(_GATEWAY)
    planted = 0
    for start in range(0, applications, 20):
        n = start // 20
        documents = [_NAMESPACE.format(n=n)]
        for i in range(start, min(start + 20, applications)):
            wrong = mistakes and i % 10 == 0
            planted += wrong
            deployments = "".join(_DEPLOYMENT.format(i=i, n=n, version=version) for version in ("v1", "v2"))
            documents.append(_APPLICATION.format(i=i, n=n, subset="v3" if wrong else "v1", deployments=deployments))
        (folder / f"ns{n}.yaml").write_text("---\n".join(documents))
    return planted
