package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/diag"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/resource"
	"istio.io/istio/pkg/util/protomarshal"
)

// analyze runs every analyzer of `istioctl analyze` over a world. The analyzers also see Pods, Services and Namespaces,
// as with `istioctl analyze` against a cluster. Messages are ordered by code, object and text.
func analyze(w *world) ([]message, error) {
	analyzer := local.NewIstiodAnalyzer(analyzers.AllCombined(), "", constants.IstioSystemNamespace, nil)
	if err := giveMesh(analyzer, w); err != nil {
		return nil, err
	}
	sources := []local.ReaderSource{{Name: "world", Reader: bytes.NewReader(documents(w.raw))}}
	if err := analyzer.AddTestReaderKubeSource(sources); err != nil {
		return nil, err
	}
	cancel := make(chan struct{})
	defer close(cancel)
	found, err := analyzer.Analyze(cancel)
	if err != nil {
		return nil, err
	}
	out := make([]message, 0, len(found.Messages))
	for _, m := range found.Messages {
		out = append(out, messageOf(m))
	}
	slices.SortFunc(out, func(a, b message) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Message, b.Message))
	})
	return out, nil
}

// giveMesh passes the mesh configuration in a file: the only other source that the analyzer accepts is a cluster.
func giveMesh(analyzer *local.IstiodAnalyzer, w *world) error {
	yaml, err := protomarshal.ToYAML(w.mesh)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "mesh-*.yaml")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString(yaml); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return analyzer.AddFileKubeMeshConfig(file.Name())
}

// documents is a stream of YAML documents; JSON is valid YAML.
func documents(objects []json.RawMessage) []byte {
	return bytes.Join(rawBytes(objects), []byte("\n---\n"))
}

func rawBytes(objects []json.RawMessage) [][]byte {
	out := make([][]byte, len(objects))
	for i, o := range objects {
		out[i] = o
	}
	return out
}

func messageOf(m diag.Message) message {
	return message{
		Code:    m.Type.Code(),
		Level:   m.Type.Level().String(),
		Object:  originOf(m.Resource),
		Message: fmt.Sprintf(m.Type.Template(), m.Parameters...),
	}
}

func originOf(r *resource.Instance) string {
	if r == nil {
		return ""
	}
	return titleOf(r.Metadata.Schema.Kind(), r.Metadata.FullName.Namespace.String(), r.Metadata.FullName.Name.String())
}
