//go:build !older

package main

import "istio.io/istio/pkg/config/crd"

// readCRDs does not validate the definitions themselves: they are Istio's, and validating them is slow.
func readCRDs(file string) (*crd.Validator, error) {
	return crd.NewValidatorFromFilesWithOptions([]string{file}, crd.WithoutCRDValidation())
}
