package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

const (
	// detailHashes and detailJSON are the values of request.Detail.
	detailHashes = "hashes"
	detailJSON   = "json"
	// missingPart stands for a cluster that a route names and that the proxy does not have.
	missingPart = "missing"
)

// detailer renders parts of Envoy's configuration, so that they can be compared: as a hash, or as canonical JSON. Clusters and
// filter chains are rendered once.
type detailer struct {
	asJSON   bool
	clusters map[string]string
	chains   map[*chain]detail
}

// newDetailer returns nil where no detail is requested.
func newDetailer(mode string) *detailer {
	if mode == "" {
		return nil
	}
	return &detailer{asJSON: mode == detailJSON, clusters: map[string]string{}, chains: map[*chain]detail{}}
}

// render returns the same text for equal messages.
func (d *detailer) render(m proto.Message) string {
	text, err := protojson.Marshal(m)
	if err != nil {
		return err.Error()
	}
	var canonical any // protojson's white space is random, encoding/json orders the keys
	if err := json.Unmarshal(text, &canonical); err != nil {
		return err.Error()
	}
	if text, err = json.Marshal(canonical); err != nil {
		return err.Error()
	}
	if d.asJSON {
		return string(text)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// detailOf describes how a call travels that was sent through a chain; found is nil where the chain is not of HTTP.
func (s *sidecar) detailOf(d *detailer, through *chain, found *route.Route, reached []string) *detail {
	out := d.ofChain(through)
	out.Clusters = map[string]string{}
	if found != nil {
		unnamed := proto.Clone(found).(*route.Route)
		unnamed.Name = ""
		out.Route = d.render(unnamed)
		action := found.GetRoute()
		if timeout := action.GetTimeout(); timeout != nil {
			out.Timeout = timeout.AsDuration().String()
		}
		for _, m := range action.GetRequestMirrorPolicies() {
			out.Mirrors = append(out.Mirrors, m.GetCluster())
		}
	}
	for _, name := range append(reached, out.Mirrors...) {
		out.Clusters[name] = s.detailOfCluster(d, name)
	}
	return &out
}

func (s *sidecar) detailOfCluster(d *detailer, name string) string {
	c, ok := s.clusters[name]
	if !ok {
		return missingPart
	}
	if _, known := d.clusters[name]; !known {
		d.clusters[name] = d.render(c)
	}
	return d.clusters[name]
}

// ofChain describes the filter that reads the call, without the names of its listener and its routes.
func (d *detailer) ofChain(c *chain) detail {
	if known, ok := d.chains[c]; ok {
		return known
	}
	var out detail
	if c.http != nil {
		h := proto.Clone(c.http).(*hcm.HttpConnectionManager)
		h.RouteSpecifier, h.StatPrefix = nil, ""
		out.HTTP = d.render(h)
	} else if c.tcp != nil {
		p := proto.Clone(c.tcp).(*tcpproxy.TcpProxy)
		p.StatPrefix = ""
		out.TCP = d.render(p)
	}
	d.chains[c] = out
	return out
}
