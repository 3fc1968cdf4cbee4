package main

import (
	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"

	"istio.io/istio/pkg/ptr"
)

// setDefaults gives a route what the API server would have given it by the schema of its kind. istiod relies on it.
func setDefaults(route gatewayRoute) {
	switch r := route.(type) {
	case *gatewayapi.HTTPRoute:
		for i := range r.Spec.Rules {
			defaultHTTP(&r.Spec.Rules[i])
		}
	case *gatewayapi.GRPCRoute:
		for i := range r.Spec.Rules {
			defaultGRPC(&r.Spec.Rules[i])
		}
	}
}

func defaultHTTP(rule *gatewayapi.HTTPRouteRule) {
	if len(rule.Matches) == 0 {
		rule.Matches = []gatewayapi.HTTPRouteMatch{{}}
	}
	for i := range rule.Matches {
		match := &rule.Matches[i]
		if match.Path == nil {
			match.Path = &gatewayapi.HTTPPathMatch{}
		}
		match.Path.Type = orDefault(match.Path.Type, gatewayapi.PathMatchPathPrefix)
		match.Path.Value = orDefault(match.Path.Value, "/")
		for j := range match.Headers {
			match.Headers[j].Type = orDefault(match.Headers[j].Type, gatewayapi.HeaderMatchExact)
		}
		for j := range match.QueryParams {
			match.QueryParams[j].Type = orDefault(match.QueryParams[j].Type, gatewayapi.QueryParamMatchExact)
		}
	}
}

func defaultGRPC(rule *gatewayapi.GRPCRouteRule) {
	for i := range rule.Matches {
		match := &rule.Matches[i]
		if match.Method != nil {
			match.Method.Type = orDefault(match.Method.Type, gatewayapi.GRPCMethodMatchExact)
		}
		for j := range match.Headers {
			match.Headers[j].Type = orDefault(match.Headers[j].Type, gatewayapi.GRPCHeaderMatchExact)
		}
	}
}

func orDefault[T any](value *T, otherwise T) *T { return ptr.Of(ptr.OrDefault(value, otherwise)) }
