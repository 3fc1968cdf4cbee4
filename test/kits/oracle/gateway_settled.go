package main

import (
	"fmt"
	"strings"
	"time"

	istioclient "istio.io/client-go/pkg/apis/networking/v1"
	istioscheme "istio.io/client-go/pkg/clientset/versioned/scheme"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"
	gatewayfake "sigs.k8s.io/gateway-api/pkg/client/clientset/versioned/fake"
	gatewayscheme "sigs.k8s.io/gateway-api/pkg/client/clientset/versioned/scheme"

	networking "istio.io/api/networking/v1alpha3"
	istiofake "istio.io/client-go/pkg/clientset/versioned/fake"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/test/util/retry"
)

// awaitRoutes returns when the routes of the world count. istiod's controller says that it is ready a little earlier, which does
// not matter where a later push corrects the first. Objects of one kind are handled in order: so when a route that is added
// afterwards counts, all others of its kind do. The host of that route is registered nowhere else, so that it routes no call.
func awaitRoutes(t test.Failer, w *world, client kube.Client, gen *core.ConfigGenTest) {
	awaited := map[string]bool{}
	var added []lastRoute
	for _, r := range w.routes {
		kind := kindOf(r)
		if namespace := r.GetNamespace(); isRead(kind) && !awaited[kind] && client.ObjectFilter().Filter(namespace) {
			awaited[kind] = true
			added = append(added, addLast(t, client, kind, namespace))
		}
	}
	attempts := 0
	retry.UntilOrFail(t, func() bool {
		// The fake clients lose what is added between the list and the watch of an informer.
		if attempts++; attempts%attemptsBeforeUpdate == 0 {
			for _, last := range added {
				last.update(t, client)
			}
		}
		found := map[string]bool{}
		for _, vs := range gen.Env().VirtualServiceController.MergedVirtualServices() {
			found[vs.Spec.(*networking.VirtualService).Hosts[0]] = true
		}
		for kind := range awaited {
			if !found[lastHost(kind)] {
				return false
			}
		}
		return true
	}, retry.Delay(time.Millisecond))
}

const attemptsBeforeUpdate = 250

type lastRoute struct {
	namespace string
	entry     *istioclient.ServiceEntry
	route     runtime.Object
}

func (last lastRoute) update(t test.Failer, client kube.Client) {
	updateIn(t, client.Istio().(*istiofake.Clientset).Tracker(), istioscheme.Scheme, last.entry, last.namespace)
	updateIn(t, client.GatewayAPI().(*gatewayfake.Clientset).Tracker(), gatewayscheme.Scheme, last.route, last.namespace)
}

func updateIn(t test.Failer, tracker clienttesting.ObjectTracker, scheme *runtime.Scheme, object runtime.Object, namespace string) {
	kinds, _, err := scheme.ObjectKinds(object)
	if err != nil {
		t.Fatal(err)
	}
	resource, _ := meta.UnsafeGuessKindToResource(kinds[0])
	if err := tracker.Update(resource, object, namespace); err != nil {
		t.Fatal(err)
	}
}

func lastHost(kind string) string { return "last-" + strings.ToLower(kind) + ".invalid" }

func addLast(t test.Failer, client kube.Client, kind, namespace string) lastRoute {
	entry := &istioclient.ServiceEntry{ObjectMeta: metav1.ObjectMeta{Name: lastHost(kind), Namespace: namespace}}
	entry.Spec.Hosts = []string{lastHost(kind)}
	if err := client.Istio().(*istiofake.Clientset).Tracker().Add(entry); err != nil {
		t.Fatal(err)
	}
	route, err := decodeRoute(kind, fmt.Appendf(nil, `{
		"metadata": {"name": %[1]q, "namespace": %[2]q},
		"spec": {
			"parentRefs": [{"group": "networking.istio.io", "kind": "ServiceEntry", "name": %[1]q}],
			"rules": [{"backendRefs": [{"name": "none", "port": 80}]}]
		}
	}`, lastHost(kind), namespace))
	if err != nil {
		t.Fatal(err)
	}
	if err := client.GatewayAPI().(*gatewayfake.Clientset).Tracker().Add(route); err != nil {
		t.Fatal(err)
	}
	return lastRoute{namespace: namespace, entry: entry, route: route}
}
