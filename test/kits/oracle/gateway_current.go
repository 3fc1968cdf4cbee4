//go:build !older

package main

import gatewayapi "sigs.k8s.io/gateway-api/apis/v1"

type tcpRoute = gatewayapi.TCPRoute

// isRead says whether this istiod reads a kind of route.
func isRead(string) bool { return true }
