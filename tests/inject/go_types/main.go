// Prints, as JSON, the Go types that injection templates see: the parts of pods, and the messages of the mesh config.
//
// `go run . > ../../../meshctl/inject/go_types.json` in this folder makes the table anew.
//
//	structs: by type, a list of [Go name, JSON key, type, flags]; the flags are e (embedded), o (omitempty)
//	messages: by message, a list of [Go name, JSON key, name in the .proto file, type, oneof]
//	enums: by enumeration, numbers and names
//	named: other named types and their kinds
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	mesh "istio.io/api/mesh/v1alpha1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type row = []string

var (
	structs  = map[string][]row{}
	messages = map[string][]row{}
	enums    = map[string]map[string]int{}
	named    = map[string]string{}
)

func main() {
	for _, value := range []any{core.PodSpec{}, meta.ObjectMeta{}, core.ServicePort{}} {
		goType(reflect.TypeOf(value))
	}
	addMessage((&mesh.MeshConfig{}).ProtoReflect().Descriptor())
	var out bytes.Buffer
	out.WriteString("{\n")
	writeSection(&out, "enums", enums, ",")
	writeSection(&out, "messages", messages, ",")
	writeSection(&out, "named", named, ",")
	writeSection(&out, "structs", structs, "")
	out.WriteString("}\n")
	if _, err := os.Stdout.Write(out.Bytes()); err != nil {
		panic(err)
	}
}

// One line for each entry, so that a new release shows as a readable difference.
func writeSection[V any](out *bytes.Buffer, name string, entries map[string]V, end string) {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	fmt.Fprintf(out, "%q: {\n", name)
	for i, key := range keys {
		text, err := json.Marshal(entries[key])
		if err != nil {
			panic(err)
		}
		comma := ","
		if i == len(keys)-1 {
			comma = ""
		}
		fmt.Fprintf(out, "%q: %s%s\n", key, text, comma)
	}
	fmt.Fprintf(out, "}%s\n", end)
}

func goType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Ptr:
		return "*" + goType(t.Elem())
	case reflect.Slice:
		return "[]" + goType(t.Elem())
	case reflect.Map:
		return "map[string]" + goType(t.Elem())
	case reflect.Struct:
		addStruct(t)
	default:
		if t.PkgPath() != "" {
			named[t.String()] = t.Kind().String()
		}
	}
	return t.String()
}

func addStruct(t reflect.Type) {
	if _, known := structs[t.String()]; known {
		return
	}
	structs[t.String()] = nil
	fields := []row{}
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() {
			continue
		}
		key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		flags := ""
		if field.Anonymous {
			flags += "e"
		}
		if strings.Contains(options, "omit") {
			flags += "o"
		}
		fields = append(fields, row{field.Name, key, goType(field.Type), flags})
	}
	structs[t.String()] = fields
}

func addMessage(message protoreflect.MessageDescriptor) {
	name := string(message.FullName())
	if _, known := messages[name]; known {
		return
	}
	messages[name] = nil
	fields := []row{}
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		kind := fieldType(field)
		if field.IsMap() {
			kind = "map[string]" + fieldType(field.MapValue())
		} else if field.IsList() {
			kind = "[]" + kind
		}
		oneof := ""
		if field.ContainingOneof() != nil {
			oneof = string(field.ContainingOneof().Name())
		}
		fields = append(fields, row{goName(string(field.Name())), field.JSONName(), string(field.Name()), kind, oneof})
	}
	messages[name] = fields
}

func fieldType(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.MessageKind:
		if !field.IsMap() {
			addMessage(field.Message())
		}
		return "*" + string(field.Message().FullName())
	case protoreflect.EnumKind:
		addEnum(field.Enum())
		return string(field.Enum().FullName())
	case protoreflect.DoubleKind:
		return "float64"
	case protoreflect.FloatKind:
		return "float32"
	case protoreflect.BytesKind:
		return "[]uint8"
	}
	return field.Kind().String()
}

func addEnum(enum protoreflect.EnumDescriptor) {
	values := map[string]int{}
	for i := range enum.Values().Len() {
		value := enum.Values().Get(i)
		values[string(value.Name())] = int(value.Number())
	}
	enums[string(enum.FullName())] = values
}

// The name that protoc's Go plugin gives a field.
func goName(name string) string {
	steps := strings.Split(name, "_")
	for i, step := range steps {
		if step != "" {
			steps[i] = strings.ToUpper(step[:1]) + step[1:]
		}
	}
	return strings.Join(steps, "")
}
