package main

import (
	"encoding/json"
	"fmt"

	istioclient "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"
	gatewayfake "sigs.k8s.io/gateway-api/pkg/client/clientset/versioned/fake"

	istiofake "istio.io/client-go/pkg/clientset/versioned/fake"
	"istio.io/istio/pilot/pkg/config/kube/gateway"
	"istio.io/istio/pilot/pkg/model"
	kubecontroller "istio.io/istio/pilot/pkg/serviceregistry/kube/controller"
	"istio.io/istio/pkg/config/schema/gvr"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/kclient/clienttest"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/test"
)

const (
	gatewayGroup = "gateway.networking.k8s.io"
	tcpRouteKind = "TCPRoute"
)

// routeResources are the routes of the Gateway API, in the versions that this istiod reads.
var routeResources = []schema.GroupVersionResource{gvr.HTTPRoute, gvr.GRPCRoute, gvr.TLSRoute, gvr.TCPRoute}

// bundleVersion is that of the CRDs: istiod ignores those below a version that depends on the kind.
var bundleVersion = map[string]string{"gateway.networking.k8s.io/bundle-version": "v1.6.0"}

// gatewayRoute is a route of the Gateway API.
type gatewayRoute interface {
	metav1.Object
	runtime.Object
}

// decodeRoute reads a route of the Gateway API, whatever its version: the API server converts between those that it serves, and
// istiod asks for the one that it knows. Gateways are not read, so that routes apply to their Services and ServiceEntries only.
func decodeRoute(kind string, raw json.RawMessage) (gatewayRoute, error) {
	route, err := newRoute(kind)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, route); err != nil {
		return nil, err
	}
	setDefaults(route)
	route.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	if route.GetNamespace() == "" {
		route.SetNamespace(metav1.NamespaceDefault)
	}
	if created := route.GetCreationTimestamp(); created.IsZero() {
		route.SetCreationTimestamp(metav1.NewTime(unknownAge))
	}
	return route, nil
}

func newRoute(kind string) (gatewayRoute, error) {
	switch kind {
	case "HTTPRoute":
		return &gatewayapi.HTTPRoute{}, nil
	case "GRPCRoute":
		return &gatewayapi.GRPCRoute{}, nil
	case "TLSRoute":
		return &gatewayapi.TLSRoute{}, nil
	case tcpRouteKind:
		return &tcpRoute{}, nil
	}
	return nil, fmt.Errorf("of the Gateway API, only routes are read here")
}

func kindOf(route gatewayRoute) string {
	switch route.(type) {
	case *gatewayapi.HTTPRoute:
		return "HTTPRoute"
	case *gatewayapi.GRPCRoute:
		return "GRPCRoute"
	case *gatewayapi.TLSRoute:
		return "TLSRoute"
	}
	return tcpRouteKind
}

// routeStore returns istiod's own controller of the Gateway API over the routes of a world: a store of the VirtualServices that
// it makes of them. It is nil for a world without routes, which spares the time to start it.
func routeStore(t test.Failer, w *world, client kube.Client, updater model.XDSUpdater) (func(model.ConfigStoreController) model.ConfigStoreController, error) {
	if len(w.routes) == 0 {
		return nil, nil
	}
	for _, resource := range append([]schema.GroupVersionResource{gvr.ServiceEntry}, routeResources...) {
		clienttest.MakeCRDWithAnnotations(t, client, resource, bundleVersion)
	}
	for _, r := range w.routes {
		if err := client.GatewayAPI().(*gatewayfake.Clientset).Tracker().Add(r); err != nil {
			return nil, err
		}
	}
	for _, o := range w.istio {
		if o.schema.Kind() != "ServiceEntry" {
			continue
		}
		entry := &istioclient.ServiceEntry{}
		if err := json.Unmarshal(o.raw, entry); err != nil {
			return nil, err
		}
		entry.Namespace = o.config.Namespace
		if err := client.Istio().(*istiofake.Clientset).Tracker().Add(entry); err != nil {
			return nil, err
		}
	}
	noClass := func(schema.GroupVersionResource, <-chan struct{}) bool { return false }
	controller := gateway.NewController(client, noClass, kubecontroller.Options{
		DomainSuffix: domainSuffix, ClusterID: clusterID, Revision: revision, KrtDebugger: krt.GlobalDebugHandler,
	}, updater)
	// Hosts of backends are looked up only for the status of a route, so a context that knows none is as good as istiod's.
	controller.Reconcile(model.NewPushContext())
	return func(model.ConfigStoreController) model.ConfigStoreController { return controller }, nil
}
