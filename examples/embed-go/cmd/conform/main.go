// Answers every case by the core module: conform MODULE CASES OUT [BENCH]
package main

import (
	"context"

	"example.org/gatepost-embed/conform"
	"example.org/gatepost-embed/gatepost"
)

func main() {
	ctx := context.Background()
	conform.Main("Go, wazero", "github.com/tetratelabs/wazero", func(path string) (conform.Call, error) {
		// Without a cache, so that compiling is measured.
		module, err := gatepost.Load(ctx, path, "")
		return func(operation uint32, request []byte) ([]byte, error) {
			return module.Call(ctx, operation, request)
		}, err
	})
}
