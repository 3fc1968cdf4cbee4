//go:build older

package main

import "istio.io/istio/pkg/config/crd"

func readCRDs(file string) (*crd.Validator, error) {
	return crd.NewValidatorFromFiles(file)
}
