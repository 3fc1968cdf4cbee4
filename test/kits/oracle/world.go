package main

import (
	"encoding/json"
	"fmt"
	"time"

	meshconfig "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
	"istio.io/istio/pkg/kube"
)

const domainSuffix = "cluster.local"

// unknownAge is the creation time of every object without one, so that age gives no order among them.
var unknownAge = time.Unix(1_700_000_000, 0)

// world is the mesh configuration and the objects of a request, as istiod stores them.
type world struct {
	mesh  *meshconfig.MeshConfig
	istio []istioObject
	kube  []runtime.Object
	// routes are those of the Gateway API.
	routes []gatewayRoute
	// raw holds every object as received.
	raw []json.RawMessage
}

// istioObject is an object of Istio's API, as received and as istiod reads it.
type istioObject struct {
	title  string
	raw    json.RawMessage
	schema resource.Schema
	config config.Config
	// unreadable is why the spec does not parse as its kind. The API server would not have stored such an object.
	unreadable error
}

// decodeWorld reads a request. It fails on an unknown kind: if the object were ignored, the verdicts would be about a
// different cluster.
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
		if err := w.addKube(gvk, raw); err != nil {
			return nil, fmt.Errorf("objects[%d]: %s: %w", i, titleOf(gvk.Kind, meta.Namespace, meta.Name), err)
		}
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

func (w *world) addKube(gvk schema.GroupVersionKind, raw json.RawMessage) error {
	if gvk.Group == gatewayGroup {
		route, err := decodeRoute(gvk.Kind, raw)
		if err == nil {
			w.routes = append(w.routes, route)
		}
		return err
	}
	o, err := decodeKube(raw)
	if err == nil {
		w.kube = append(w.kube, o)
	}
	return err
}

func decodeKube(raw json.RawMessage) (runtime.Object, error) {
	o, gvk, err := kube.IstioCodec.UniversalDeserializer().Decode(raw, nil, nil)
	if err != nil {
		return nil, err
	}
	if gvk.Group == "inference.networking.k8s.io" {
		return nil, fmt.Errorf("the controllers of the Gateway API's inference extension do not run here")
	}
	// The API server allocates a ClusterIP; without it istiod would treat the Service as one without an address.
	if s, ok := o.(*corev1.Service); ok && s.Spec.ClusterIP == "" && s.Spec.Type != corev1.ServiceTypeExternalName {
		return nil, fmt.Errorf("spec.clusterIP is missing: give an address, or None")
	}
	return o, nil
}

// configs returns what istiod would have in its store.
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

// dropUnreadable removes the objects that the API server would have refused to store.
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
