package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	envoycore "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	httpdfp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/dynamic_forward_proxy/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	snidfp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/sni_dynamic_forward_proxy/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/wellknown"
)

const (
	httpForwardProxy = "envoy.filters.http.dynamic_forward_proxy"
	anyIPv4          = "0.0.0.0"
	anyIPv6          = "::"
)

// chain is a filter chain. Its filters are decoded on first use.
type chain struct {
	*listener.FilterChain
	description string
	opened      bool
	http        *hcm.HttpConnectionManager
	tcp         *tcpproxy.TcpProxy
	// dnsCaches holds the DNS caches that the chain's forward proxy filters fill.
	dnsCaches map[string]bool
}

// chainTable finds a chain by the name that nameChains gave it.
type chainTable map[string]*chain

// nameChains gives each filter chain a unique name: the simulation reports only the name of a chain, and several chains
// of one listener may share a name.
func nameChains(listeners []*listener.Listener) chainTable {
	table := chainTable{}
	for _, l := range listeners {
		for _, fc := range chainsOf(l) {
			if known, ok := table[fc.Name]; ok && known.FilterChain == fc {
				continue // shared with an earlier listener
			}
			c := &chain{FilterChain: fc, description: describe(fc)}
			fc.Name = "#" + strconv.Itoa(len(table))
			table[fc.Name] = c
		}
	}
	return table
}

// chainsOf returns the filter chains of a listener, the default chain last.
func chainsOf(l *listener.Listener) []*listener.FilterChain {
	out := make([]*listener.FilterChain, 0, len(l.FilterChains)+1)
	out = append(out, l.FilterChains...)
	if l.DefaultFilterChain != nil {
		out = append(out, l.DefaultFilterChain)
	}
	return out
}

func (t chainTable) open(name string) (*chain, error) {
	c, ok := t[name]
	if !ok {
		return nil, fmt.Errorf("no filter chain %q", name)
	}
	if c.opened {
		return c, nil
	}
	c.opened, c.dnsCaches = true, map[string]bool{}
	for _, f := range c.Filters {
		var err error
		switch f.Name {
		case wellknown.HTTPConnectionManager:
			c.http = &hcm.HttpConnectionManager{}
			if err = f.GetTypedConfig().UnmarshalTo(c.http); err == nil {
				err = c.openHTTPFilters()
			}
		case wellknown.TCPProxy:
			c.tcp = &tcpproxy.TcpProxy{}
			err = f.GetTypedConfig().UnmarshalTo(c.tcp)
		case wellknown.SNIDynamicForwardProxy:
			proxy := &snidfp.FilterConfig{}
			err = f.GetTypedConfig().UnmarshalTo(proxy)
			c.dnsCaches[proxy.GetDnsCacheConfig().GetName()] = true
		}
		if err != nil {
			return nil, fmt.Errorf("filter %s: %w", f.Name, err)
		}
	}
	return c, nil
}

func (c *chain) openHTTPFilters() error {
	for _, f := range c.http.HttpFilters {
		if f.Name != httpForwardProxy {
			continue
		}
		proxy := &httpdfp.FilterConfig{}
		if err := f.GetTypedConfig().UnmarshalTo(proxy); err != nil {
			return err
		}
		c.dnsCaches[proxy.GetDnsCacheConfig().GetName()] = true
	}
	return nil
}

// describe returns what a chain matches and its filters, such as "sni=a.com tls -> tcp_proxy".
func describe(fc *listener.FilterChain) string {
	match := fc.GetFilterChainMatch()
	var parts []string
	if fc.Name != "" {
		parts = append(parts, fc.Name)
	}
	if port := match.GetDestinationPort(); port != nil {
		parts = append(parts, fmt.Sprintf("port=%d", port.Value))
	}
	for _, r := range match.GetPrefixRanges() {
		parts = append(parts, fmt.Sprintf("%s/%d", r.AddressPrefix, r.GetPrefixLen().GetValue()))
	}
	if names := match.GetServerNames(); len(names) > 0 {
		parts = append(parts, "sni="+strings.Join(names, ","))
	}
	if transport := match.GetTransportProtocol(); transport != "" {
		parts = append(parts, transport)
	}
	if alpn := match.GetApplicationProtocols(); len(alpn) > 0 {
		parts = append(parts, "alpn="+strings.Join(alpn, ","))
	}
	parts = append(parts, "->")
	for _, f := range fc.Filters {
		parts = append(parts, f.Name[strings.LastIndex(f.Name, ".")+1:])
	}
	return strings.Join(parts, " ")
}

// reachableOver returns the listeners that a call over IPv4 or IPv6 can reach, with their addresses of that family in
// Go's notation. The simulation reads one address per listener and one wildcard, that of IPv4.
func reachableOver(listeners []*listener.Listener, ipv6 bool) []*listener.Listener {
	out := make([]*listener.Listener, 0, len(listeners))
	for _, l := range listeners {
		if l.Name == model.VirtualOutboundListenerName { // found by its name, whatever its address
			out = append(out, l)
			continue
		}
		addresses := []*envoycore.Address{l.Address}
		for _, more := range l.AdditionalAddresses {
			addresses = append(addresses, more.Address)
		}
		for _, a := range addresses {
			ip, err := netip.ParseAddr(a.GetSocketAddress().GetAddress())
			if err != nil || ip.Unmap().Is6() != ipv6 {
				continue // a unix socket, or of the other family
			}
			out = append(out, at(l, ip.Unmap().String(), a.GetSocketAddress().GetPortValue()))
		}
	}
	return out
}

// at returns the fields of the listener that the simulation reads, at one address.
func at(l *listener.Listener, address string, port uint32) *listener.Listener {
	if address == anyIPv6 {
		address = anyIPv4
	}
	return &listener.Listener{
		Name: l.Name, FilterChains: l.FilterChains, DefaultFilterChain: l.DefaultFilterChain, ListenerFilters: l.ListenerFilters,
		Address: &envoycore.Address{Address: &envoycore.Address_SocketAddress{SocketAddress: &envoycore.SocketAddress{
			Address: address, PortSpecifier: &envoycore.SocketAddress_PortValue{PortValue: port},
		}}},
	}
}
