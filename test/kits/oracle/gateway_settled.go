package main

import (
	"fmt"
	"strings"
	"time"

	istioclient "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayfake "sigs.k8s.io/gateway-api/pkg/client/clientset/versioned/fake"

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
// One request in some thousands waits for ever, whatever the cause: the client of the oracle asks again.
func awaitRoutes(t test.Failer, w *world, client kube.Client, gen *core.ConfigGenTest) {
	awaited := map[string]bool{}
	for _, r := range w.routes {
		kind := kindOf(r)
		if namespace := r.GetNamespace(); isRead(kind) && !awaited[kind] && client.ObjectFilter().Filter(namespace) {
			awaited[kind] = true
			addLast(t, client, kind, namespace)
		}
	}
	retry.UntilOrFail(t, func() bool {
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
	}, retry.Delay(time.Millisecond), retry.Timeout(8*time.Second))
}

func lastHost(kind string) string { return "last-" + strings.ToLower(kind) + ".invalid" }

func addLast(t test.Failer, client kube.Client, kind, namespace string) {
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
}
