package main

import "encoding/json"

// request is one line of standard input: the objects of a cluster, the pods in it, and the calls that they make.
type request struct {
	ID string `json:"id"`
	// Mesh is MeshConfig, as a JSON object or as a string of YAML. Istio's defaults fill what it leaves out.
	Mesh json.RawMessage `json:"mesh"`
	// Objects are Kubernetes and Istio objects as the API server would return them.
	Objects []json.RawMessage `json:"objects"`
	Proxies []proxySpec       `json:"proxies"`
	Probes  []probeSpec       `json:"probes"`
	// Validate requests the errors and warnings of the API server and of istiod's webhook for each Istio object.
	Validate bool `json:"validate"`
	// Analyze requests the messages of `istioctl analyze` about all objects.
	Analyze bool `json:"analyze"`
	// Dump requests the listeners, clusters and virtual hosts of each proxy.
	Dump bool `json:"dump"`
	// Detail requests how each call travels, for comparison: "hashes", or "json" for the configuration itself. Default: neither.
	Detail string `json:"detail"`
}

// proxySpec is a pod with a sidecar. Its labels are given here: istiod's look-up of the Pod does not run.
type proxySpec struct {
	Name         string            `json:"name"`
	Namespace    string            `json:"namespace"`
	Labels       map[string]string `json:"labels"`
	IP           string            `json:"ip"`
	IstioVersion string            `json:"istioVersion"`
	DNSCapture   bool              `json:"dnsCapture"`
}

// probeSpec is one call that an application makes and iptables hands to the sidecar.
type probeSpec struct {
	Proxy   int    `json:"proxy"` // index into the request's proxies
	Address string `json:"address"`
	Port    int    `json:"port"`
	// Protocol is http, http2 (both in plaintext), tls or tcp (bytes that are neither).
	Protocol string `json:"protocol"`
	// Host is the Host header of http and http2. Default: what clients send, the address, and the port unless it is 80.
	Host    string            `json:"host"`
	SNI     string            `json:"sni"`
	Path    string            `json:"path"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
}

// response is one line of output. Results and proxies are in the order of the request.
type response struct {
	ID      string        `json:"id"`
	Proxies []proxyAnswer `json:"proxies"`
	Results []result      `json:"results"`
	// Validation lists the objects with errors or warnings, in the order of the request.
	Validation []finding `json:"validation"`
	Messages   []message `json:"messages"`
	// Error is why the request was not judged: it could not be understood, or the oracle failed.
	Error string `json:"error,omitempty"`
}

type proxyAnswer struct {
	// Sidecar is the namespace/name of the Sidecar that governs the proxy, or "default" where none does.
	Sidecar string     `json:"sidecar"`
	Dump    *proxyDump `json:"dump,omitempty"`
}

// proxyDump lists what istiod generates, each list ordered by name.
type proxyDump struct {
	Listeners    []listenerDump    `json:"listeners"`
	Clusters     []clusterDump     `json:"clusters"`
	VirtualHosts []virtualHostDump `json:"virtualHosts"`
	Dangling     []string          `json:"dangling"`
}

type listenerDump struct {
	Name   string   `json:"name"`
	Chains []string `json:"chains"`
}

type clusterDump struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type virtualHostDump struct {
	RouteConfig string   `json:"routeConfig"`
	Name        string   `json:"name"`
	Domains     []string `json:"domains"`
}

// result is the verdict on one probe and the path that the call took through Envoy, as far as it got.
type result struct {
	Verdict     string `json:"verdict"` // allowed or blocked
	Why         reason `json:"why,omitempty"`
	Listener    string `json:"listener,omitempty"`
	Chain       string `json:"chain,omitempty"`
	RouteConfig string `json:"routeConfig,omitempty"`
	VHost       string `json:"vhost,omitempty"`
	Route       string `json:"route,omitempty"`
	Cluster     string `json:"cluster,omitempty"`
	ClusterType string `json:"clusterType,omitempty"`
	// Weighted lists every destination where a VirtualService splits the traffic. Cluster is then the first that can
	// be reached, or else the first.
	Weighted []weightedCluster `json:"weighted,omitempty"`
	Detail   *detail           `json:"detail,omitempty"`
}

// detail has a part of Envoy's configuration in each field: a hash of it, or canonical JSON. Two calls travel the same if
// the parts are equal. Names that mean nothing to the call are left out.
type detail struct {
	Route string `json:"route,omitempty"` // the matched route, without its name
	HTTP  string `json:"http,omitempty"`  // the HTTP connection manager, without routes and stat prefix
	TCP   string `json:"tcp,omitempty"`   // the TCP proxy, without stat prefix
	// Clusters has every cluster to which a share of the calls goes or is mirrored, by name; "missing" for one that does not exist.
	Clusters map[string]string `json:"clusters,omitempty"`
	// Timeout and Mirrors are of the route, for messages.
	Timeout string   `json:"timeout,omitempty"`
	Mirrors []string `json:"mirrors,omitempty"`
}

type weightedCluster struct {
	Cluster string `json:"cluster"`
	Type    string `json:"type,omitempty"`
	Weight  uint32 `json:"weight"`
	Why     reason `json:"why,omitempty"` // absent where the cluster can be reached
}

type finding struct {
	Object   string   `json:"object"` // "Kind namespace/name"
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
}

type message struct {
	Code    string `json:"code"`  // such as IST0110
	Level   string `json:"level"` // Error, Warning or Info
	Object  string `json:"object"`
	Message string `json:"message"`
}
