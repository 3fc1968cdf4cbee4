package main

import (
	"cmp"
	"slices"

	"istio.io/istio/pilot/pkg/model"
)

// dump lists what istiod generates for calls that leave; the listener of calls that arrive is left out.
func (s *sidecar) dump() *proxyDump {
	out := &proxyDump{Listeners: []listenerDump{}, Clusters: []clusterDump{}, VirtualHosts: []virtualHostDump{}}
	for _, l := range s.listeners {
		if l.Name == model.VirtualInboundListenerName {
			continue
		}
		shown := listenerDump{Name: l.Name, Chains: []string{}}
		for _, fc := range chainsOf(l) {
			shown.Chains = append(shown.Chains, s.chains[fc.Name].description)
		}
		out.Listeners = append(out.Listeners, shown)
	}
	for _, c := range s.clusters {
		out.Clusters = append(out.Clusters, clusterDump{Name: c.Name, Type: typeOf(c)})
	}
	slices.SortFunc(out.Clusters, func(a, b clusterDump) int { return cmp.Compare(a.Name, b.Name) })
	for _, r := range s.routes {
		for _, v := range r.VirtualHosts {
			out.VirtualHosts = append(out.VirtualHosts, virtualHostDump{RouteConfig: r.Name, Name: v.Name, Domains: v.Domains})
		}
	}
	slices.SortFunc(out.VirtualHosts, func(a, b virtualHostDump) int {
		return cmp.Or(cmp.Compare(a.RouteConfig, b.RouteConfig), cmp.Compare(a.Name, b.Name))
	})
	return out
}
