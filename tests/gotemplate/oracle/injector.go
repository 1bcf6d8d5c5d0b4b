package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"text/template"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"
)

// Sidecar is what templates of pods get, with the types of a control plane.
type Sidecar struct {
	TypeMeta                 metav1.TypeMeta
	DeploymentMeta           types.NamespacedName
	ObjectMeta               metav1.ObjectMeta
	Spec                     corev1.PodSpec
	ProxyConfig              *meshconfig.ProxyConfig
	MeshConfig               *meshconfig.MeshConfig
	Values                   map[string]any
	Revision                 string
	NativeSidecars           bool
	ProxyImage               string
	ProxyInitImage           string
	ProxyUID                 int64
	ProxyGID                 int64
	InboundTrafficPolicyMode string
	CompliancePolicy         string
}

// Address is one of the addresses that a Gateway asks for.
type Address struct {
	Type  *string `json:"type"`
	Value string  `json:"value"`
}

// GatewaySpec is the part of a Gateway that its templates look at.
type GatewaySpec struct {
	Addresses []Address `json:"addresses"`
}

// Gateway is the object that the templates of managed gateways are for.
type Gateway struct {
	metav1.TypeMeta
	metav1.ObjectMeta `json:"metadata"`
	Spec              GatewaySpec `json:"spec"`
}

// Managed is what templates of managed gateways get.
type Managed struct {
	*Gateway
	GatewayClass              string
	DeploymentName            string
	ServiceAccount            string
	Ports                     []corev1.ServicePort
	ServiceType               corev1.ServiceType
	ClusterID                 string
	KubeVersion               int
	Revision                  string
	NativeSidecars            bool
	ProxyUID                  int64
	ProxyGID                  int64
	CompliancePolicy          string
	InfrastructureLabels      map[string]string
	InfrastructureAnnotations map[string]string
	GatewayNameLabel          string
	IsEastWestGateway         bool
	ControllerLabel           string
	ProxyImage                string
	AgentgatewayImage         string
	ProxyConfig               *meshconfig.ProxyConfig
	MeshConfig                *meshconfig.MeshConfig
	Values                    map[string]any
}

// The functions that a control plane adds to sprig's, with the parameters that it gives them.
func injectorFunctions() template.FuncMap {
	return template.FuncMap{
		"annotation": func(meta metav1.ObjectMeta, name string, fallback any) string {
			if found, known := meta.Annotations[name]; known {
				return found
			}
			return fmt.Sprint(fallback)
		},
		"appendMultusNetwork": appendNetwork,
		"applicationPorts":    func(containers []corev1.Container) string { return ports(containers, "istio-proxy") },
		"contains":            func(needle, haystack string) bool { return strings.Contains(haystack, needle) },
		"directory":           func(name string) string { folder, _ := path.Split(name); return folder },
		"env":                 environment,
		"excludeInboundPort":  excludePort,
		"excludeInterfaces":   func(text string) string { return text },
		"fromJSON":            fromJSON,
		"includeInboundPorts": func(containers []corev1.Container) string { return ports(containers, "") },
		"indent":              func(by int, text string) string { return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", by)) },
		"isset":               func(of map[string]string, key string) bool { _, known := of[key]; return known },
		"kubevirtInterfaces":  func(text string) string { return text },
		"mergeMaps":           united,
		"omit":                omitted,
		"omitNil":             withoutNil,
		"otelResourceAttributes": func(*meshconfig.MeshConfig, map[string]string, map[string]string, string, []corev1.Container) string {
			return ""
		},
		"protoToJSON":  protoJSON,
		"strdict":      pairs,
		"structToJSON": structJSON,
		"toJSON":       func(of map[string]string) string { return jsonOf(united(of)) },
		"toJsonMap":    func(maps ...map[string]string) string { return jsonOf(united(maps...)) },
		"toLower":      strings.ToLower,
		"toYaml":       func(value any) string { text, _ := yaml.Marshal(value); return string(text) },
		"valueOrDefault": func(value, fallback any) any {
			if value == nil || value == "" {
				return fallback
			}
			return value
		},
	}
}

func environment(name, fallback string) string {
	if found := os.Getenv(name); found != "" {
		return found
	}
	return fallback
}

func jsonOf(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "{}"
	}
	return string(text)
}

func structJSON(value any) string {
	if value == nil {
		return "{}"
	}
	return jsonOf(value)
}

func fromJSON(text string) any {
	var found any
	if json.Unmarshal([]byte(text), &found) != nil {
		return "{}"
	}
	return found
}

func ports(containers []corev1.Container, but string) string {
	found := []string{}
	for _, container := range containers {
		for _, port := range container.Ports {
			if container.Name != but && port.Protocol != corev1.ProtocolUDP && port.Protocol != corev1.ProtocolSCTP {
				found = append(found, fmt.Sprint(port.ContainerPort))
			}
		}
	}
	return strings.Join(found, ",")
}

func excludePort(port any, listed string) string {
	text := strings.TrimSpace(fmt.Sprint(port))
	if text == "" || text == "0" || slices.Contains(strings.Split(listed, ","), text) {
		return listed
	}
	found := []string{}
	for _, item := range strings.Split(listed, ",") {
		if item = strings.TrimSpace(item); item != "" {
			found = append(found, item)
		}
	}
	return strings.Join(append(found, text), ",")
}

func appendNetwork(existing, network string) string {
	switch {
	case existing == "":
		return network
	case !strings.Contains(existing, "]"):
		return existing + ", " + network
	}
	namespace, name, _ := strings.Cut(network, "/")
	before, after, _ := strings.Cut(existing, "]")
	comma := ", "
	if strings.TrimSpace(before) == "[" {
		comma = ""
	}
	return fmt.Sprintf(`%s%s{"name": %q, "namespace": %q}]%s`, before, comma, name, namespace, after)
}

func united(maps ...map[string]string) map[string]string {
	found := map[string]string{}
	for _, one := range maps {
		for key, value := range one {
			found[key] = value
		}
	}
	return found
}

func omitted(from map[string]string, keys ...string) map[string]string {
	found := united(from)
	for _, key := range keys {
		delete(found, key)
	}
	return found
}

func pairs(texts ...string) map[string]string {
	found := map[string]string{}
	for at := 0; at < len(texts); at += 2 {
		found[texts[at]] = append(texts, "")[at+1]
	}
	return found
}

func withoutNil(value any) any {
	switch found := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, item := range found {
			if item = withoutNil(item); item != nil {
				kept[key] = item
			}
		}
		if len(kept) > 0 {
			return kept
		}
		return nil
	case []any:
		kept := []any{}
		for _, item := range found {
			if item = withoutNil(item); item != nil {
				kept = append(kept, item)
			}
		}
		if len(kept) > 0 {
			return kept
		}
		return nil
	}
	return value
}

// What a proxy assumes by itself is not told to it.
var assumed = `{"configPath": "./etc/istio/proxy", "binaryPath": "/usr/local/bin/envoy", "serviceCluster": "istio-proxy",
	"drainDuration": "45s", "terminationDrainDuration": "5s", "proxyAdminPort": 15000, "statNameLength": 189,
	"controlPlaneAuthPolicy": "MUTUAL_TLS", "discoveryAddress": "istiod.istio-system.svc:15012", "statusPort": 15020}`

func protoJSON(message proto.Message) string {
	if message == nil || reflect.ValueOf(message).IsNil() {
		return "{}"
	}
	if config, ok := message.(*meshconfig.ProxyConfig); ok {
		defaults := &meshconfig.ProxyConfig{}
		if err := protojson.Unmarshal([]byte(assumed), defaults); err != nil {
			panic(err)
		}
		copied := proto.Clone(config).ProtoReflect()
		fields := copied.Descriptor().Fields()
		for at := range fields.Len() {
			field := fields.Get(at)
			usual := defaults.ProtoReflect().Has(field) && copied.Has(field)
			if usual && copied.Get(field).Equal(defaults.ProtoReflect().Get(field)) {
				copied.Clear(field)
			}
		}
		message = copied.Interface()
	}
	text, err := protojson.Marshal(message)
	if err != nil {
		return "{}"
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return "{}"
	}
	return compact.String()
}
