package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Injection is what sidecar templates get, as far as its types are concerned.
type Injection struct {
	ObjectMeta     metav1.ObjectMeta
	Spec           corev1.PodSpec
	ProxyConfig    *meshconfig.ProxyConfig
	MeshConfig     *meshconfig.MeshConfig
	Values         map[string]any
	Revision       string
	NativeSidecars bool
	ProxyUID       int64
}

var roots = map[string]reflect.Type{
	"injection": reflect.TypeFor[Injection](),
	"pod":       reflect.TypeFor[corev1.Pod](),
}

// Types of data that our own templates get; nothing asks what they are made of.
var complete = map[string]reflect.Type{
	"sidecar": reflect.TypeFor[Sidecar](),
	"managed": reflect.TypeFor[Managed](),
}

// Keys of data that stand for values of types that JSON does not have: {"$int64": 5}.
var marks = map[string]reflect.Type{
	"$int":       reflect.TypeFor[int](),
	"$int32":     reflect.TypeFor[int32](),
	"$int64":     reflect.TypeFor[int64](),
	"$uint8":     reflect.TypeFor[uint8](),
	"$uint32":    reflect.TypeFor[uint32](),
	"$uint64":    reflect.TypeFor[uint64](),
	"$float32":   reflect.TypeFor[float32](),
	"$bytes":     reflect.TypeFor[[]byte](),
	"$strings":   reflect.TypeFor[[]string](),
	"$ints":      reflect.TypeFor[[]int](),
	"$stringMap": reflect.TypeFor[map[string]string](),
	"$intMap":    reflect.TypeFor[map[string]int](),
	"$pointer":   reflect.TypeFor[*string](),
}

func decode(raw json.RawMessage, name string) (any, error) {
	if name == "" {
		var data any
		if len(raw) == 0 {
			return nil, nil
		}
		if err := json.Unmarshal(raw, &data); err != nil {
			return nil, err
		}
		return unmark(data)
	}
	root, known := roots[name]
	if !known {
		root, known = complete[name]
	}
	if !known {
		return nil, fmt.Errorf("there is no type %q", name)
	}
	value := reflect.New(root)
	return value.Interface(), json.Unmarshal(raw, value.Interface())
}

func unmark(data any) (any, error) {
	switch found := data.(type) {
	case []any:
		for at := range found {
			item, err := unmark(found[at])
			if err != nil {
				return nil, err
			}
			found[at] = item
		}
	case map[string]any:
		for key, item := range found {
			if wanted, marked := marks[key]; marked && len(found) == 1 {
				return typed(item, wanted)
			}
			item, err := unmark(item)
			if err != nil {
				return nil, err
			}
			found[key] = item
		}
	}
	return data, nil
}

func typed(data any, wanted reflect.Type) (any, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	value := reflect.New(wanted)
	err = json.Unmarshal(raw, value.Interface())
	return value.Elem().Interface(), err
}

// Description says what a type is made of. Fields are in the order of their declaration.
type Description struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	Element  string   `json:"element,omitempty"`
	Fields   []Field  `json:"fields,omitempty"`
	Methods  []string `json:"methods,omitempty"`
	IsString bool     `json:"stringer,omitempty"`
}

// Field describes one field of a struct.
type Field struct {
	Name      string `json:"name"`
	Key       string `json:"key"`
	Type      string `json:"type"`
	Embedded  bool   `json:"embedded,omitempty"`
	Inline    bool   `json:"inline,omitempty"`
	OmitEmpty bool   `json:"omitEmpty,omitempty"`
}

func describeRoots() map[string]Description {
	known := map[string]Description{}
	names := make([]string, 0, len(roots))
	for name := range roots {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		describe(roots[name], known)
	}
	return known
}

func describe(t reflect.Type, known map[string]Description) {
	if _, done := known[t.String()]; done {
		return
	}
	found := Description{Name: t.String(), Kind: t.Kind().String()}
	_, err := elementOf(t)
	known[t.String()] = found
	if err == nil {
		element, _ := elementOf(t)
		found.Element = element.String()
		describe(element, known)
	}
	stringer := reflect.TypeFor[fmt.Stringer]()
	found.IsString = t.Implements(stringer) || reflect.PointerTo(t).Implements(stringer)
	if t.Kind() == reflect.Struct {
		for at := range t.NumField() {
			if field := t.Field(at); field.IsExported() {
				found.Fields = append(found.Fields, describeField(field))
				describe(field.Type, known)
			}
		}
	}
	pointer := reflect.PointerTo(t)
	for at := range pointer.NumMethod() {
		found.Methods = append(found.Methods, pointer.Method(at).Name)
	}
	known[t.String()] = found
}

func describeField(field reflect.StructField) Field {
	parts := strings.Split(field.Tag.Get("json"), ",")
	options := "," + strings.Join(parts[1:], ",") + ","
	return Field{
		Name:      field.Name,
		Key:       parts[0],
		Type:      field.Type.String(),
		Embedded:  field.Anonymous,
		Inline:    field.Anonymous && parts[0] == "",
		OmitEmpty: strings.Contains(options, ",omitempty,") || strings.Contains(options, ",omitzero,"),
	}
}

func elementOf(t reflect.Type) (reflect.Type, error) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
		return t.Elem(), nil
	}
	return nil, errors.New("no element")
}
