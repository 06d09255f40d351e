// Pulumi's own Kubernetes provider. Its own main embeds files that its Makefile makes and that its module lacks; a schema
// is asked for only where code is generated.
package main

import (
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	provider.Serve("kubernetes", version.Version, []byte(`{"name":"kubernetes"}`), []byte("{}"))
}
