// Package plugin runs Gatepost's module for Extism by Extism's SDK.
package plugin

import (
	"context"

	"github.com/extism/go-sdk"
)

// Load compiles a module.
func Load(ctx context.Context, path string) (*extism.Plugin, error) {
	manifest := extism.Manifest{Wasm: []extism.Wasm{extism.WasmFile{Path: path}}}
	return extism.NewPlugin(ctx, manifest, extism.PluginConfig{}, nil)
}
