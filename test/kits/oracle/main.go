// Command oracle judges generated Istio configuration with istiod's own code. It reads one JSON request per line from
// standard input and writes one JSON response per line to file descriptor 3, in the same order, until standard input
// ends. Standard output is not used, because Istio's packages log to it.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
)

func main() {
	crds := flag.String("crds", "", "Istio's crd-all.gen.yaml; needed to validate")
	flag.Parse()
	debug.SetGCPercent(400) // a request is garbage as soon as it is answered: a larger heap costs less time
	for _, scope := range istiolog.Scopes() {
		scope.SetOutputLevel(istiolog.ErrorLevel)
	}
	if err := serve(os.Stdin, os.NewFile(3, "answers"), newValidator(*crds)); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

// serve ends when the input ends, or when the answers can no longer be written.
func serve(in io.Reader, out io.Writer, v *validator) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := answers.Encode(answer(line, v)); err != nil {
			return err
		}
	}
}

func answer(line []byte, v *validator) *response {
	req := request{}
	resp := &response{Proxies: []proxyAnswer{}, Results: []result{}, Validation: []finding{}, Messages: []message{}}
	err := json.Unmarshal(line, &req)
	resp.ID = req.ID
	if err == nil {
		err = resp.judge(&req, v)
	}
	if err != nil {
		resp.Error = err.Error()
	}
	return resp
}

func (resp *response) judge(req *request, v *validator) error {
	w, err := decodeWorld(req)
	if err != nil {
		return err
	}
	if req.Validate {
		if resp.Validation, err = v.findings(w.istio); err != nil {
			return err
		}
		w.dropUnreadable()
	}
	if req.Analyze {
		if resp.Messages, err = analyze(w); err != nil {
			return err
		}
	}
	if req.Detail != "" && req.Detail != detailHashes && req.Detail != detailJSON {
		return fmt.Errorf("detail %q is neither %s nor %s", req.Detail, detailHashes, detailJSON)
	}
	if len(req.Proxies) == 0 {
		return nil
	}
	return guarded(func(t test.Failer) error { return resp.probeAll(req, newEnvironment(t, w)) })
}

func (resp *response) probeAll(req *request, env *environment) error {
	sidecars := make([]*sidecar, len(req.Proxies))
	for i, spec := range req.Proxies {
		sidecars[i] = env.sidecarOf(spec)
		sidecars[i].details = newDetailer(req.Detail)
		shown := proxyAnswer{Sidecar: sidecars[i].governedBy}
		if req.Dump {
			shown.Dump = sidecars[i].dump()
		}
		resp.Proxies = append(resp.Proxies, shown)
	}
	for i, spec := range req.Probes {
		if spec.Proxy < 0 || spec.Proxy >= len(sidecars) {
			return fmt.Errorf("probes[%d]: there is no proxy %d", i, spec.Proxy)
		}
		found, err := sidecars[spec.Proxy].probe(spec)
		if err != nil {
			return fmt.Errorf("probes[%d]: %w", i, err)
		}
		resp.Results = append(resp.Results, found)
	}
	return nil
}

// guarded runs f. Istio's test code may fail, panic, or end the goroutine silently; each becomes an error.
func guarded(f func(t test.Failer) error) error {
	err := errors.New("the simulation gave up")
	failed := test.Wrap(func(t test.Failer) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		err = f(t)
	})
	if failed != nil {
		return failed
	}
	return err
}
