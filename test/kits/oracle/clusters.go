package main

import (
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	dfpcluster "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/dynamic_forward_proxy/v3"

	"istio.io/istio/pilot/pkg/networking/util"
)

// leaveFor completes the result of a call that is sent to one cluster.
func (s *sidecar) leaveFor(out result, through *chain, name string) (result, error) {
	out.Cluster = name
	out.ClusterType, out.Why = s.reach(through, name)
	if out.Why == "" {
		out.Verdict = allowed
	}
	return out, nil
}

func (s *sidecar) weighted(through *chain, name string, weight uint32) weightedCluster {
	kind, why := s.reach(through, name)
	return weightedCluster{Cluster: name, Type: kind, Weight: weight, Why: why}
}

// settle judges weighted destinations: the call is allowed if a destination with weight can be reached.
func (r result) settle() result {
	r.Why = noDestination
	for i, w := range r.Weighted {
		if i == 0 || w.Why == "" && w.Weight > 0 {
			r.Cluster, r.ClusterType = w.Cluster, w.Type
		}
		if w.Weight == 0 {
			continue
		}
		if r.Why = w.Why; w.Why == "" {
			r.Verdict = allowed
			break
		}
	}
	return r
}

// reach returns the type of a cluster, and the reason if the cluster cannot be reached.
func (s *sidecar) reach(through *chain, name string) (kind string, why reason) {
	c, ok := s.clusters[name]
	if !ok {
		return "", missingCluster
	}
	if name == util.BlackHoleCluster {
		return typeOf(c), blackHole
	}
	if cache, ok := dnsCacheOf(c); ok && !through.dnsCaches[cache] {
		return typeOf(c), noForwardProxy
	}
	return typeOf(c), ""
}

// typeOf returns the discovery type of a cluster: EDS, STRICT_DNS, LOGICAL_DNS, ORIGINAL_DST, STATIC, or DFP for a
// dynamic forward proxy. For another extension it is the name of the extension.
func typeOf(c *cluster.Cluster) string {
	if _, ok := dnsCacheOf(c); ok {
		return "DFP"
	}
	if custom := c.GetClusterType(); custom != nil {
		return custom.Name
	}
	return c.GetType().String()
}

// dnsCacheOf returns the DNS cache that a dynamic forward proxy cluster reads; false for any other cluster.
func dnsCacheOf(c *cluster.Cluster) (string, bool) {
	config := &dfpcluster.ClusterConfig{}
	if c.GetClusterType() == nil || c.GetClusterType().GetTypedConfig().UnmarshalTo(config) != nil {
		return "", false
	}
	return config.GetDnsCacheConfig().GetName(), true
}
