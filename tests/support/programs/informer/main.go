// Follows the config maps of a namespace with client-go's informers and prints what it sees: "synced N", then
// "add", "update" or "delete" and a name. The first argument chooses the typed client, which prefers protobuf, or the
// dynamic one; the second is the namespace.
package main

import (
	"fmt"
	"os"
	"sync/atomic"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	kind, namespace := os.Args[1], os.Args[2]
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	check(err)
	informer := chosen(kind, namespace, config)
	var synced atomic.Bool // until then, what is there already is told
	registration, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { tell(&synced, "add", object) },
		UpdateFunc: func(_, object any) { tell(&synced, "update", object) },
		DeleteFunc: func(object any) { tell(&synced, "delete", object) },
	})
	check(err)
	stop := make(chan struct{})
	go informer.Run(stop)
	cache.WaitForCacheSync(stop, registration.HasSynced)
	synced.Store(true)
	fmt.Printf("synced %d\n", len(informer.GetStore().List()))
	select {}
}

func chosen(kind, namespace string, config *rest.Config) cache.SharedIndexInformer {
	if kind == "typed" {
		config.ContentType = "application/vnd.kubernetes.protobuf"
		config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
		client, err := core.NewForConfig(config)
		check(err)
		maps := cache.NewListWatchFromClient(client.RESTClient(), "configmaps", namespace, fields.Everything())
		return cache.NewSharedIndexInformer(maps, &v1.ConfigMap{}, 0, nil)
	}
	client, err := dynamic.NewForConfig(config)
	check(err)
	resource := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, namespace, nil)
	return factory.ForResource(resource).Informer()
}

func tell(synced *atomic.Bool, what string, object any) {
	if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	accessor, err := meta.Accessor(object)
	check(err)
	if synced.Load() {
		fmt.Println(what, accessor.GetName())
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
