//go:build !older

package main

import "istio.io/istio/pkg/config/crd"

// readCRDs skips the check of the definitions themselves: they are Istio's own, and it takes long.
func readCRDs(file string) (*crd.Validator, error) {
	return crd.NewValidatorFromFilesWithOptions([]string{file}, crd.WithoutCRDValidation())
}
