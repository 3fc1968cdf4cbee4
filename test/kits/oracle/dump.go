package main

import (
	"cmp"
	"regexp"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"istio.io/istio/pilot/pkg/model"
)

// dump lists what istiod generates for outbound calls. Of the inbound listener it includes only the dangling clusters.
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
	out.Dangling = s.dangling()
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

var clusterName = regexp.MustCompile(`"(outbound\|[0-9]+\|[^|"]*\|[^"]+)"`)

// dangling lists the clusters that a listener names, the inbound listener included, and that the proxy does not have, such
// as those of an authorization or tracing provider.
func (s *sidecar) dangling() []string {
	missing := []string{}
	for _, l := range s.listeners {
		text, err := protojson.Marshal(l)
		if err != nil {
			missing = append(missing, err.Error())
		}
		for _, match := range clusterName.FindAllSubmatch(text, -1) {
			name := string(match[1])
			if _, ok := s.clusters[name]; !ok {
				missing = append(missing, name)
			}
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}
