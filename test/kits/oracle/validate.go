package main

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/go-multierror"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"istio.io/istio/pkg/config/crd"
)

// validator validates objects of Istio's API as the API server and istiod's webhook do.
type validator struct {
	// crds reads Istio's CustomResourceDefinitions on first use, which takes most of a second.
	crds func() (*crd.Validator, error)
}

func newValidator(crdFile string) *validator {
	return &validator{crds: sync.OnceValues(func() (*crd.Validator, error) {
		if crdFile == "" {
			return nil, errors.New("no -crds file was given")
		}
		return readCRDs(crdFile)
	})}
}

// findings returns one finding per object with errors or warnings.
func (v *validator) findings(objects []istioObject) ([]finding, error) {
	crds, err := v.crds()
	if err != nil {
		return nil, err
	}
	out := []finding{}
	for _, o := range objects {
		f := finding{Object: o.title, Errors: []string{}, Warnings: []string{}}
		f.webhook(o)
		if err := f.schema(crds, o); err != nil {
			return nil, err
		}
		if len(f.Errors)+len(f.Warnings) > 0 {
			out = append(out, f)
		}
	}
	return out, nil
}

// webhook does what istiod's validating webhook does.
func (f *finding) webhook(o istioObject) {
	if o.unreadable != nil {
		f.Errors = append(f.Errors, fmt.Sprintf("webhook: %v", o.unreadable))
		return
	}
	warning, err := o.schema.ValidateConfig(o.config)
	for _, e := range errorsIn(err) {
		f.Errors = append(f.Errors, fmt.Sprintf("webhook: %v", e))
	}
	for _, e := range errorsIn(warning) {
		f.Warnings = append(f.Warnings, e.Error())
	}
}

// schema applies the schema and the CEL rules of the CustomResourceDefinition, as the API server does.
func (f *finding) schema(crds *crd.Validator, o istioObject) error {
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(o.raw); err != nil { // keeps integers integers, which CEL insists on
		return fmt.Errorf("%s: %w", o.title, err)
	}
	for _, e := range errorsIn(crds.ValidateCustomResource(u)) {
		f.Errors = append(f.Errors, fmt.Sprintf("schema: %v", e))
	}
	return nil
}

func errorsIn(err error) []error {
	if err == nil {
		return nil
	}
	var several *multierror.Error
	if errors.As(err, &several) {
		return several.Errors
	}
	return []error{err}
}
