//go:build !older

package main

import gatewayapi "sigs.k8s.io/gateway-api/apis/v1"

type tcpRoute = gatewayapi.TCPRoute
