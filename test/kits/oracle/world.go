package main

import (
	"encoding/json"
	"fmt"
	"time"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
	"istio.io/istio/pkg/kube"
)

const domainSuffix = "cluster.local"

// unknownAge is the creation time of objects that state none: one and the same, so that no order comes from it.
var unknownAge = time.Unix(1_700_000_000, 0)

// world is a request's mesh configuration and objects, as istiod keeps them.
type world struct {
	mesh  *meshconfig.MeshConfig
	istio []istioObject
	kube  []runtime.Object
	// raw has every object as it came.
	raw []json.RawMessage
}

// istioObject is an object of Istio's API, as written and as istiod reads it.
type istioObject struct {
	title  string
	raw    json.RawMessage
	schema resource.Schema
	config config.Config
	// unreadable says why the spec does not parse as its kind. The API server would not have stored such an object.
	unreadable error
}

// decodeWorld reads a request. It fails on what it does not know, since an object that has no effect would make a
// judgement look sounder than it is.
func decodeWorld(req *request) (*world, error) {
	w := &world{raw: req.Objects}
	var err error
	if w.mesh, err = decodeMesh(req.Mesh); err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	for i, raw := range req.Objects {
		var meta metav1.PartialObjectMetadata
		if err := json.Unmarshal(raw, &meta); err != nil {
			return nil, fmt.Errorf("objects[%d]: %w", i, err)
		}
		gvk := meta.GroupVersionKind()
		if schema, ok := collections.Pilot.FindByGroupVersionAliasesKind(resource.FromKubernetesGVK(&gvk)); ok {
			o, err := decodeIstio(schema, raw)
			if err != nil {
				return nil, fmt.Errorf("objects[%d]: %w", i, err)
			}
			w.istio = append(w.istio, o)
			continue
		}
		o, err := decodeKube(raw)
		if err != nil {
			return nil, fmt.Errorf("objects[%d]: %s: %w", i, titleOf(gvk.Kind, meta.Namespace, meta.Name), err)
		}
		w.kube = append(w.kube, o)
	}
	return w, nil
}

func decodeMesh(raw json.RawMessage) (*meshconfig.MeshConfig, error) {
	var yaml string
	if len(raw) == 0 {
		return mesh.DefaultMeshConfig(), nil
	}
	if json.Unmarshal(raw, &yaml) != nil {
		yaml = string(raw)
	}
	return mesh.ApplyMeshConfig(yaml, mesh.DefaultMeshConfig())
}

func decodeIstio(schema resource.Schema, raw json.RawMessage) (istioObject, error) {
	var kind crd.IstioKind
	if err := json.Unmarshal(raw, &kind); err != nil {
		return istioObject{}, err
	}
	if kind.Namespace == "" && !schema.IsClusterScoped() {
		kind.Namespace = metav1.NamespaceDefault
	}
	o := istioObject{title: titleOf(kind.Kind, kind.Namespace, kind.Name), raw: raw, schema: schema}
	cfg, err := crd.ConvertObject(schema, &kind, domainSuffix)
	if err != nil {
		o.unreadable = err
		return o, nil
	}
	if cfg.CreationTimestamp.IsZero() {
		cfg.CreationTimestamp = unknownAge
	}
	o.config = *cfg
	return o, nil
}

func decodeKube(raw json.RawMessage) (runtime.Object, error) {
	o, gvk, err := kube.IstioCodec.UniversalDeserializer().Decode(raw, nil, nil)
	if err != nil {
		return nil, err
	}
	if gvk.Group == "gateway.networking.k8s.io" || gvk.Group == "inference.networking.k8s.io" {
		return nil, fmt.Errorf("the controllers of the Gateway API do not run here")
	}
	// The API server allocates one; without it istiod would take the Service for one that has no address.
	if s, ok := o.(*corev1.Service); ok && s.Spec.ClusterIP == "" && s.Spec.Type != corev1.ServiceTypeExternalName {
		return nil, fmt.Errorf("spec.clusterIP is missing: give an address, or None")
	}
	return o, nil
}

// configs gives what istiod would have in its store.
func (w *world) configs() ([]config.Config, error) {
	out := make([]config.Config, 0, len(w.istio))
	for _, o := range w.istio {
		if o.unreadable != nil {
			return nil, fmt.Errorf("%s: %w", o.title, o.unreadable)
		}
		out = append(out, o.config)
	}
	return out, nil
}

// dropUnreadable leaves out the objects that the API server would have refused to store.
func (w *world) dropUnreadable() {
	kept := make([]istioObject, 0, len(w.istio))
	for _, o := range w.istio {
		if o.unreadable == nil {
			kept = append(kept, o)
		}
	}
	w.istio = kept
}

func titleOf(kind, namespace, name string) string {
	if namespace == "" {
		return kind + " " + name
	}
	return kind + " " + namespace + "/" + name
}
