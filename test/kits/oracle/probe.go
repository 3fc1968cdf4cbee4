// How a call is judged. Istio's simulation (pilot/pkg/simulation) finds the listener, the filter chain and the virtual
// host as Envoy does; routes, clusters and the verdict are this program's, because the simulation matches neither
// headers nor whole regular expressions and does not ask whether a cluster exists.
//
// What Envoy does and this does not:
//   - Endpoints, health, TLS and mTLS to the destination: "allowed" means that the call leaves for a cluster that
//     exists, not that the destination answers. Where request mirroring (VirtualService mirrors) leads is only in the detail.
//   - Traffic that never reaches Envoy: UDP, ICMP, loopback, excluded ports and addresses, user 1337. Do not probe it.
//   - Timing: protocol detection with server-first protocols, draining of old listeners.
//   - Listeners that Envoy refuses: that of a TLS or TCP service on 15001 or 15006 has the address of virtualOutbound or
//     virtualInbound, on 15021 or 15090 that of a bootstrap listener. Here they match.
//   - Bootstrap configuration of the proxy, EnvoyFilter patches of it, and interception mode NONE.
//   - Two filter chains of one listener with the same match: Envoy refuses the listener, here it is "ambiguous-chain".
//   - HTTP/1.0 without Host, CONNECT, and requests with an absolute URL.
//
// What istiod does and this does not: allocate addresses for ServiceEntries (put them into status.addresses where proxies
// capture DNS), read the labels of Pods, and run the controllers of the Gateway API and of ambient mode.
package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

	"istio.io/istio/pilot/pkg/simulation"
)

const (
	allowed = "allowed"
	blocked = "blocked"
)

// reason is why a call does not leave the pod.
type reason string

const (
	noListener     reason = "no-listener"
	noChain        reason = "no-chain"
	ambiguousChain reason = "ambiguous-chain"
	protocolError  reason = "protocol-error"   // bytes that the filter chain cannot read
	noVHost        reason = "no-vhost"         // 404
	noRoute        reason = "no-route"         // 404
	blockAll       reason = "block-all"        // 502, istiod's virtual host for what is not allowed
	directResponse reason = "direct-response"  // Envoy itself answers, by a VirtualService
	redirect       reason = "redirect"         // Envoy itself answers with a redirect, by a VirtualService
	blackHole      reason = "black-hole"       // BlackHoleCluster, which has no hosts
	missingCluster reason = "missing-cluster"  // 503 NC: the cluster is not in CDS
	noForwardProxy reason = "no-forward-proxy" // a DYNAMIC_DNS cluster, and no filter that resolves names for it
	noDestination  reason = "no-destination"   // every cluster of a weighted route has weight 0
)

// reasonFor maps an error of the simulation to a reason; false if the error is not a verdict.
func reasonFor(err error) (reason, bool) {
	switch {
	case errors.Is(err, simulation.ErrNoListener):
		return noListener, true
	case errors.Is(err, simulation.ErrNoFilterChain):
		return noChain, true
	case errors.Is(err, simulation.ErrMultipleFilterChain):
		return ambiguousChain, true
	case errors.Is(err, simulation.ErrNoVirtualHost):
		return noVHost, true
	case errors.Is(err, simulation.ErrTLSRedirect):
		return redirect, true
	case errors.Is(err, simulation.ErrProtocolError), errors.Is(err, simulation.ErrTLSError), errors.Is(err, simulation.ErrMTLSError):
		return protocolError, true
	}
	return "", false
}

// probe judges one call. An error means that there is no verdict.
func (s *sidecar) probe(spec probeSpec) (result, error) {
	call, ipv6, err := callOf(spec)
	if err != nil {
		return result{}, err
	}
	sim := s.ipv4
	if ipv6 {
		sim = s.ipv6
	}
	found := sim.Run(call)
	out := result{Verdict: blocked, Listener: found.ListenerMatched, RouteConfig: found.RouteConfigMatched, VHost: found.VirtualHostMatched}
	var through *chain
	if found.FilterChainMatched != "" {
		if through, err = s.chains.open(found.FilterChainMatched); err != nil {
			return result{}, err
		}
		out.Chain = through.description
	}
	// The simulation's own route, or the lack of one, is ignored: followRoute finds the route.
	if found.Error != nil && !errors.Is(found.Error, simulation.ErrNoRoute) {
		why, ok := reasonFor(found.Error)
		if !ok {
			return result{}, found.Error
		}
		out.Why = why
		return out, nil
	}
	if through.http != nil {
		return s.followRoute(out, through, call)
	}
	if through.tcp == nil {
		return result{}, fmt.Errorf("filter chain %s leads nowhere", through.description)
	}
	out, err = s.followTCP(out, through)
	return s.detailed(out, through, nil), err
}

// detailed adds to a result how the call travels, where the request asks for that.
func (s *sidecar) detailed(out result, through *chain, found *route.Route) result {
	if s.details == nil {
		return out
	}
	var reached []string
	if out.Cluster != "" {
		reached = append(reached, out.Cluster)
	}
	for _, w := range out.Weighted {
		reached = append(reached, w.Cluster)
	}
	out.Detail = s.detailOf(s.details, through, found, reached)
	return out
}

func (s *sidecar) followTCP(out result, through *chain) (result, error) {
	if weighted := through.tcp.GetWeightedClusters(); weighted != nil {
		for _, w := range weighted.Clusters {
			out.Weighted = append(out.Weighted, s.weighted(through, w.Name, w.Weight))
		}
		return out.settle(), nil
	}
	return s.leaveFor(out, through, through.tcp.GetCluster())
}

// callOf converts a probe for the simulation. Names are in lower case, as Envoy compares them.
func callOf(spec probeSpec) (call simulation.Call, ipv6 bool, err error) {
	ip, err := netip.ParseAddr(spec.Address)
	if err != nil {
		return call, false, fmt.Errorf("address: %w", err)
	}
	if spec.Port < 1 || spec.Port > 65535 {
		return call, false, fmt.Errorf("port %d is not one", spec.Port)
	}
	ip = ip.Unmap()
	call = simulation.Call{Address: ip.String(), Port: spec.Port, CallMode: simulation.CallModeOutbound, TLS: simulation.Plaintext}
	switch spec.Protocol {
	case "http", "http2":
		call.Protocol, call.Path = simulation.Protocol(spec.Protocol), spec.Path
		call.HostHeader = strings.ToLower(spec.Host)
		if spec.Host == "" {
			call.HostHeader = usualHost(ip, spec.Port)
		}
		call.Headers = headersOf(spec, call.HostHeader)
	case "tls":
		call.Protocol, call.TLS, call.Sni = simulation.HTTP, simulation.TLS, strings.ToLower(spec.SNI)
	case "tcp":
		call.Protocol = simulation.TCP
	default:
		return call, false, fmt.Errorf("protocol %q is not one of http, http2, tls, tcp", spec.Protocol)
	}
	return call, ip.Is6(), nil
}

func usualHost(ip netip.Addr, port int) string {
	if port != 80 {
		return net.JoinHostPort(ip.String(), strconv.Itoa(port))
	}
	if ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return ip.String()
}
