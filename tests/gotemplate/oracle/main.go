// The real thing: renders templates with Go's text/template, sprig and the YAML library of Kubernetes.
//
// Reads one JSON object with a list of cases from standard input and writes one with a list of results. With the
// argument "types" it describes the Go types that cases can have as their data instead.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

// Case is a template with its data; Type names one of the typed roots, or is empty for plain data.
type Case struct {
	Name       string            `json:"name"`
	Text       string            `json:"text"`
	More       map[string]string `json:"more"`
	Data       json.RawMessage   `json:"data"`
	Type       string            `json:"type"`
	MissingKey string            `json:"missingKey"`
	Functions  string            `json:"functions"`
}

// Result is the output of a template, or its error.
type Result struct {
	Output []byte `json:"output"`
	Error  string `json:"error"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "types" {
		write(describeRoots())
		return
	}
	var cases []Case
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	results := make([]Result, 0, len(cases))
	for _, c := range cases {
		results = append(results, render(c))
	}
	write(results)
}

func write(value any) {
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func functions(set string) template.FuncMap {
	if set == "none" {
		return template.FuncMap{}
	}
	found := sprig.TxtFuncMap()
	if set == "injector" {
		for name, function := range injectorFunctions() {
			found[name] = function
		}
		return found
	}
	found["toYaml"] = func(value any) (string, error) {
		text, err := yaml.Marshal(value)
		return string(text), err
	}
	found["fromYaml"] = func(text string) (any, error) {
		var value any
		err := yaml.Unmarshal([]byte(text), &value)
		return value, err
	}
	return found
}

func render(c Case) (result Result) {
	defer func() {
		if problem := recover(); problem != nil {
			result = Result{Error: fmt.Sprintf("panic: %v", problem)}
		}
	}()
	root := template.New(c.Name).Funcs(functions(c.Functions))
	if c.MissingKey != "" {
		root.Option("missingkey=" + c.MissingKey)
	}
	if _, err := root.Parse(c.Text); err != nil {
		return Result{Error: err.Error()}
	}
	for name, text := range c.More {
		if _, err := root.New(name).Parse(text); err != nil {
			return Result{Error: err.Error()}
		}
	}
	data, err := decode(c.Data, c.Type)
	if err != nil {
		return Result{Error: "data: " + err.Error()}
	}
	var output bytes.Buffer
	if err := root.Execute(&output, data); err != nil {
		return Result{Output: output.Bytes(), Error: err.Error()}
	}
	return Result{Output: output.Bytes()}
}
