//go:build older

package main

import (
	gatewayapi "sigs.k8s.io/gateway-api/apis/v1alpha2"

	"istio.io/istio/pilot/pkg/features"
)

type tcpRoute = gatewayapi.TCPRoute

// isRead says whether this istiod reads a kind of route.
func isRead(kind string) bool { return kind != tcpRouteKind || features.EnableAlphaGatewayAPI }
