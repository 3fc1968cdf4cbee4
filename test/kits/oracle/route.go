package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"

	"istio.io/istio/pilot/pkg/networking/util"
	"istio.io/istio/pilot/pkg/simulation"
)

// headersOf are the headers of a request as Envoy sees them, pseudo-headers included, under lower-case names.
func headersOf(spec probeSpec, host string) http.Header {
	headers := http.Header{":authority": {host}, ":scheme": {"http"}, ":method": {"GET"}, ":path": {"/"}}
	if spec.Method != "" {
		headers[":method"] = []string{spec.Method}
	}
	if spec.Path != "" {
		headers[":path"] = []string{spec.Path}
	}
	for name, value := range spec.Headers {
		headers[strings.ToLower(name)] = []string{value}
	}
	return headers
}

// followRoute continues from the virtual host that the simulation found.
func (s *sidecar) followRoute(out result, through *chain, call simulation.Call) (result, error) {
	config := through.http.GetRouteConfig()
	if config == nil {
		config = s.routes[through.http.GetRds().GetRouteConfigName()]
	}
	found, err := firstRoute(config, out.VHost, call.Headers)
	if err != nil {
		return result{}, err
	}
	if found == nil {
		out.Why = noRoute
		return out, nil
	}
	out.Route = found.Name
	out, err = s.act(out, through, found)
	return s.detailed(out, through, found), err
}

// act carries out the action of a route.
func (s *sidecar) act(out result, through *chain, found *route.Route) (result, error) {
	switch action := found.Action.(type) {
	case *route.Route_DirectResponse:
		out.Why = directResponse
		if found.Name == util.BlackHole {
			out.Why = blockAll
		}
		return out, nil
	case *route.Route_Redirect:
		out.Why = redirect
		return out, nil
	case *route.Route_Route:
		if split := action.Route.GetWeightedClusters(); split != nil {
			for _, w := range split.Clusters {
				out.Weighted = append(out.Weighted, s.weighted(through, w.Name, w.GetWeight().GetValue()))
			}
			return out.settle(), nil
		}
		if name := action.Route.GetCluster(); name != "" {
			return s.leaveFor(out, through, name)
		}
	}
	return result{}, fmt.Errorf("route %q: its action is not understood", found.Name)
}

// firstRoute returns the route that Envoy takes: the first of the virtual host that matches, or nil.
func firstRoute(config *route.RouteConfiguration, vhost string, headers http.Header) (*route.Route, error) {
	for _, v := range config.GetVirtualHosts() {
		if v.Name != vhost {
			continue
		}
		for _, r := range v.Routes {
			if ok, err := routeMatches(r.Match, headers); err != nil || ok {
				return r, err
			}
		}
	}
	return nil, nil
}

func routeMatches(m *route.RouteMatch, headers http.Header) (bool, error) {
	if m.RuntimeFraction != nil || m.Grpc != nil || m.TlsContext != nil || len(m.DynamicMetadata) > 0 {
		return false, fmt.Errorf("route match %v is not understood", m)
	}
	target, query, _ := strings.Cut(headers[":path"][0], "?")
	if ok, err := pathMatches(m, target); err != nil || !ok {
		return false, err
	}
	for _, h := range m.Headers {
		if ok, err := headerMatches(h, headers); err != nil || !ok {
			return false, err
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return false, err
	}
	for _, q := range m.QueryParameters {
		if ok, err := valueMatches(q.GetStringMatch(), values[q.Name]); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func pathMatches(m *route.RouteMatch, target string) (bool, error) {
	fold := func(s string) string {
		if m.CaseSensitive != nil && !m.CaseSensitive.Value {
			return strings.ToLower(s)
		}
		return s
	}
	switch path := m.PathSpecifier.(type) {
	case *route.RouteMatch_Prefix:
		return strings.HasPrefix(fold(target), fold(path.Prefix)), nil
	case *route.RouteMatch_Path:
		return fold(target) == fold(path.Path), nil
	case *route.RouteMatch_PathSeparatedPrefix:
		rest, ok := strings.CutPrefix(fold(target), fold(path.PathSeparatedPrefix))
		return ok && (rest == "" || rest[0] == '/'), nil
	case *route.RouteMatch_SafeRegex:
		return fullMatch(path.SafeRegex.GetRegex(), target)
	}
	return false, fmt.Errorf("path match %T is not understood", m.PathSpecifier)
}

func headerMatches(m *route.HeaderMatcher, headers http.Header) (bool, error) {
	values := headers[strings.ToLower(m.Name)]
	if present, ok := m.HeaderMatchSpecifier.(*route.HeaderMatcher_PresentMatch); ok {
		return (len(values) > 0) == present.PresentMatch != m.InvertMatch, nil
	}
	text, ok := m.HeaderMatchSpecifier.(*route.HeaderMatcher_StringMatch)
	if !ok {
		return false, fmt.Errorf("header match %T is not understood", m.HeaderMatchSpecifier)
	}
	if len(values) == 0 && m.TreatMissingHeaderAsEmpty {
		values = []string{""}
	}
	if len(values) == 0 {
		return false, nil // also where the match is inverted
	}
	matches, err := valueMatches(text.StringMatch, values)
	return matches != m.InvertMatch, err
}

// valueMatches compares the first value; no value matches nothing, and no matcher matches any value.
func valueMatches(m *matcher.StringMatcher, values []string) (bool, error) {
	if len(values) == 0 {
		return false, nil
	}
	fold := func(s string) string {
		if m.GetIgnoreCase() {
			return strings.ToLower(s)
		}
		return s
	}
	value := fold(values[0])
	switch pattern := m.GetMatchPattern().(type) {
	case nil:
		return true, nil
	case *matcher.StringMatcher_Exact:
		return value == fold(pattern.Exact), nil
	case *matcher.StringMatcher_Prefix:
		return strings.HasPrefix(value, fold(pattern.Prefix)), nil
	case *matcher.StringMatcher_SafeRegex:
		return fullMatch(pattern.SafeRegex.GetRegex(), values[0])
	}
	return false, fmt.Errorf("text match %T is not understood", m.GetMatchPattern())
}

// fullMatch matches as Envoy does: the expression must match the whole text.
func fullMatch(expression, text string) (bool, error) {
	compiled, err := regexp.Compile("^(?:" + expression + ")$")
	if err != nil {
		return false, err
	}
	return compiled.MatchString(text), nil
}
