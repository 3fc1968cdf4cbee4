package main

import (
	"cmp"
	"slices"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	networking "istio.io/api/networking/v1alpha3"
	"k8s.io/client-go/kubernetes/fake"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/serviceregistry"
	kubecontroller "istio.io/istio/pilot/pkg/serviceregistry/kube/controller"
	"istio.io/istio/pilot/pkg/simulation"
	istiocluster "istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/test"
)

const (
	clusterID = istiocluster.ID("Kubernetes")
	// defaultVersion is the version of a proxy whose request gives none: that of the pinned istiod.
	defaultVersion = "1.31.0"
	revision       = "default"
)

// lateUpdater is a placeholder: the registry needs an updater before the Environment that owns the updater exists.
type lateUpdater struct{ model.XDSUpdater }

// environment is istiod's push context over one world, without servers and without the controllers of ambient mode. Of the Gateway
// API it has the routes for sidecars. It decides what a sidecar is sent, at a tenth of the cost of a whole istiod.
type environment struct {
	world *world
	*core.ConfigGenTest
}

// newEnvironment builds an environment. Everything that it starts ends with t.
func newEnvironment(t test.Failer, w *world) *environment {
	// The handler keeps every collection that was ever made. A new handler per world keeps memory flat.
	krt.GlobalDebugHandler = new(krt.DebugHandler)
	configs, err := w.configs()
	if err != nil {
		t.Fatal(err)
	}
	updater := &lateUpdater{}
	client := kube.NewFakeClient()
	for _, o := range w.kube { // passing them to NewFakeClient would cost 4 ms an object
		if err := client.Kube().(*fake.Clientset).Tracker().Add(o); err != nil {
			t.Fatal(err)
		}
	}
	registry, _ := kubecontroller.NewFakeControllerWithOptions(t, kubecontroller.FakeControllerOptions{
		Client: client, ClusterID: clusterID, DomainSuffix: domainSuffix, XDSUpdater: updater,
		MeshWatcher: meshwatcher.NewTestWatcher(w.mesh), SkipRun: true, ConfigCluster: true,
	})
	routes, err := routeStore(t, w, client, updater)
	if err != nil {
		t.Fatal(err)
	}
	gen := core.NewConfigGenTest(t, core.TestOptions{
		Configs: discovered(configs, client), CreateConfigStore: routes, MeshConfig: w.mesh, XDSUpdater: updater, ClusterID: clusterID,
		ServiceRegistries: []serviceregistry.Instance{registry}, SkipRun: true,
	})
	updater.XDSUpdater = model.NewEndpointIndexUpdater(gen.Env().EndpointIndex)
	gen.ServiceEntryRegistry.AppendWorkloadHandler(registry.WorkloadInstanceHandler)
	registry.AppendWorkloadHandler(gen.ServiceEntryRegistry.WorkloadInstanceHandler)
	client.RunAndWait(test.NewStop(t))
	gen.Run()
	awaitRoutes(t, w, client, gen)
	if err := gen.Env().InitNetworksManager(updater); err != nil {
		t.Fatal(err)
	}
	gen.Env().PushContext().InitContext(gen.Env(), nil, nil)
	return &environment{world: w, ConfigGenTest: gen}
}

// discovered drops what istiod ignores: namespaces that meshConfig.discoverySelectors do not select, and objects of
// another revision. In istiod the client of the API server does this; the store used here has no such client.
func discovered(configs []config.Config, client kube.Client) []config.Config {
	kept := make([]config.Config, 0, len(configs))
	for _, c := range configs {
		if client.ObjectFilter().Filter(c.Namespace) && config.LabelsInRevision(c.Labels, revision) {
			kept = append(kept, c)
		}
	}
	return kept
}

// sidecar is what istiod generates for one proxy.
type sidecar struct {
	// governedBy is the namespace/name of its Sidecar, or "default".
	governedBy string
	listeners  []*listener.Listener // ordered by name
	routes     map[string]*route.RouteConfiguration
	clusters   map[string]*cluster.Cluster
	chains     chainTable
	// details is nil where the request asks for none.
	details *detailer
	// ipv4 and ipv6 answer calls to addresses of their family.
	ipv4, ipv6 simulation.Simulation
}

func (e *environment) sidecarOf(spec proxySpec) *sidecar {
	version := spec.IstioVersion
	if version == "" {
		version = defaultVersion
	}
	proxy := &model.Proxy{
		Type: model.SidecarProxy, ID: spec.Name + "." + spec.Namespace, ConfigNamespace: spec.Namespace, Labels: spec.Labels,
		Metadata: &model.NodeMetadata{
			Namespace: spec.Namespace, Labels: spec.Labels, ClusterID: clusterID, IstioVersion: version,
			EnvoyStatusPort: 15021, EnvoyPrometheusPort: 15090, DNSCapture: model.StringBool(spec.DNSCapture),
		},
	}
	if spec.IP != "" {
		proxy.IPAddresses = []string{spec.IP}
		proxy.Metadata.InstanceIPs = []string{spec.IP}
	}
	proxy = e.SetupProxy(proxy)
	// The simulation uses its testing.T only to fail on xDS that istiod never generates.
	sim := simulation.NewSimulationFromConfigGen(&testing.T{}, e.ConfigGenTest, proxy)
	slices.SortFunc(sim.Listeners, func(a, b *listener.Listener) int { return cmp.Compare(a.Name, b.Name) })
	s := &sidecar{
		governedBy: e.nameOf(proxy.SidecarScope.Sidecar),
		listeners:  sim.Listeners,
		routes:     map[string]*route.RouteConfiguration{},
		clusters:   map[string]*cluster.Cluster{},
		chains:     nameChains(sim.Listeners),
		ipv4:       *sim,
		ipv6:       *sim,
	}
	for _, r := range sim.Routes {
		s.routes[r.Name] = r
	}
	for _, c := range sim.Clusters {
		s.clusters[c.Name] = c
	}
	s.ipv4.Listeners = reachableOver(sim.Listeners, false)
	s.ipv6.Listeners = reachableOver(sim.Listeners, true)
	return s
}

// nameOf finds the Sidecar object of a scope. The namespace of the scope itself is that of the proxy, even where the
// Sidecar is in the root namespace.
func (e *environment) nameOf(spec *networking.Sidecar) string {
	if spec == nil {
		return "default"
	}
	for _, o := range e.world.istio {
		if found, ok := o.config.Spec.(*networking.Sidecar); ok && found == spec {
			return o.config.Namespace + "/" + o.config.Name
		}
	}
	panic("a proxy is governed by a Sidecar that is not of this world")
}
