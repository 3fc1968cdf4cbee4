// The reference of the bench: the same work as a plain controller of controller-runtime does it. For each EgressIntent it looks up the Services
// that it names in its cache, applies a Sidecar and a status, and nothing else: no checks, no order of writes, no other kinds.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

var (
	intentKind  = schema.GroupVersionKind{Group: "egressintent.io", Version: "v1alpha1", Kind: "EgressIntent"}
	sidecarKind = schema.GroupVersionKind{Group: "networking.istio.io", Version: "v1", Kind: "Sidecar"}
)

const concurrency = 8

type reconciler struct{ client.Client }

func main() {
	ctrl.SetLogger(zap.New())
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	must(err)
	config.QPS = -1 // as the bare writer: only the API server limits it
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Metrics: server.Options{BindAddress: "0"},
		Client:  client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})
	must(err)
	must(ctrl.NewControllerManagedBy(manager).
		Named("reference").
		For(object(intentKind), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(&reconciler{manager.GetClient()}))
	must(manager.Start(ctrl.SetupSignalHandler()))
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	intent := object(intentKind)
	if err := r.Get(ctx, request.NamespacedName, intent); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	hosts, err := r.hostsOf(ctx, intent)
	if err != nil {
		return ctrl.Result{}, err
	}
	labels, _, err := unstructured.NestedMap(intent.Object, "spec", "workloadSelector", "matchLabels")
	if err != nil {
		return ctrl.Result{}, err
	}
	sidecar := object(sidecarKind)
	sidecar.SetNamespace(request.Namespace)
	sidecar.SetName(request.Name)
	sidecar.SetLabels(map[string]string{"app.kubernetes.io/managed-by": "reference"})
	sidecar.Object["spec"] = map[string]any{
		"workloadSelector":      map[string]any{"labels": labels},
		"outboundTrafficPolicy": map[string]any{"mode": "REGISTRY_ONLY"},
		"egress":                []any{map[string]any{"hosts": hosts}},
	}
	if err := r.apply(ctx, sidecar); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.applyStatus(ctx, intent)
}

// The hosts of the Services that the intent names and that exist.
func (r *reconciler) hostsOf(ctx context.Context, intent *unstructured.Unstructured) ([]any, error) {
	entries, _, err := unstructured.NestedSlice(intent.Object, "spec", "allow")
	if err != nil {
		return nil, err
	}
	var hosts []any
	for _, entry := range entries {
		service, _, err := unstructured.NestedStringMap(entry.(map[string]any), "service")
		if err != nil || service == nil {
			continue
		}
		key := types.NamespacedName{Namespace: service["namespace"], Name: service["name"]}
		if err := r.Get(ctx, key, &corev1.Service{}); err != nil {
			if client.IgnoreNotFound(err) != nil {
				return nil, err
			}
			continue
		}
		hosts = append(hosts, fmt.Sprintf("%s/%s.%s.svc.cluster.local", key.Namespace, key.Name, key.Namespace))
	}
	return hosts, nil
}

// As many conditions as the controller writes.
func (r *reconciler) applyStatus(ctx context.Context, intent *unstructured.Unstructured) error {
	now := time.Now().UTC().Format(time.RFC3339)
	var conditions []any
	for _, kind := range []string{"Accepted", "ResolvedRefs", "Programmed", "Effective", "Ready"} {
		conditions = append(conditions, map[string]any{
			"type": kind, "status": "True", "reason": kind, "message": "as planned",
			"observedGeneration": intent.GetGeneration(), "lastTransitionTime": now,
		})
	}
	status := object(intentKind)
	status.SetNamespace(intent.GetNamespace())
	status.SetName(intent.GetName())
	status.Object["status"] = map[string]any{
		"observedGeneration": intent.GetGeneration(), "conditions": conditions,
	}
	configuration := client.ApplyConfigurationFromUnstructured(status)
	return r.Status().Apply(ctx, configuration, client.FieldOwner("reference"), client.ForceOwnership)
}

func (r *reconciler) apply(ctx context.Context, written *unstructured.Unstructured) error {
	configuration := client.ApplyConfigurationFromUnstructured(written)
	return r.Apply(ctx, configuration, client.FieldOwner("reference"), client.ForceOwnership)
}

func object(kind schema.GroupVersionKind) *unstructured.Unstructured {
	found := &unstructured.Unstructured{}
	found.SetGroupVersionKind(kind)
	return found
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
