// Judges a repository's workflows with the core module: judge gatepost_core.wasm REPOSITORY
package main

import (
	"context"
	"os"
	"path/filepath"

	"example.org/gatepost-embed/gatepost"
)

func main() {
	gatepost.Main(func(path, repository string) ([]byte, error) {
		ctx := context.Background()
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		module, err := gatepost.Load(ctx, path, filepath.Join(cache, "gatepost-wazero"))
		if err != nil {
			return nil, err
		}
		request, err := gatepost.Request(repository)
		if err != nil {
			return nil, err
		}
		return module.Call(ctx, gatepost.Evaluate, request)
	})
}
