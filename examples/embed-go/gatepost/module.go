// Package gatepost runs Gatepost's core module by wazero, which is written in Go and takes no C compiler.
package gatepost

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Evaluate is the operation that judges files.
const Evaluate = 3

// Module answers one call at a time; after an error it is of no more use, and another one has to be loaded.
type Module struct {
	memory            api.Memory
	alloc, call, free api.Function
}

// Load compiles a module. What it compiles is kept in the cache folder, so that the next start takes milliseconds; who can write there
// can change what runs. Without a folder nothing is kept.
func Load(ctx context.Context, path, cache string) (*Module, error) {
	code, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	config := wazero.NewRuntimeConfig()
	if cache != "" {
		kept, err := wazero.NewCompilationCacheWithDir(cache)
		if err != nil {
			return nil, err
		}
		config = config.WithCompilationCache(kept)
	}
	instance, err := wazero.NewRuntimeWithConfig(ctx, config).Instantiate(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	function := instance.ExportedFunction
	return &Module{instance.Memory(), function("gp_alloc"), function("gp_call"), function("gp_free")}, nil
}

// Call asks for an operation: bytes in, bytes out.
func (module *Module) Call(ctx context.Context, operation uint32, request []byte) ([]byte, error) {
	length := uint64(len(request))
	result, err := module.alloc.Call(ctx, length)
	if err != nil {
		return nil, err
	}
	at := result[0]
	if at == 0 || !module.memory.Write(uint32(at), request) {
		return nil, fmt.Errorf("the module has no memory for a request of %d bytes", length)
	}
	if result, err = module.call.Call(ctx, uint64(operation), at, length); err != nil {
		return nil, err
	}
	// A result lies in memory that the next call uses again.
	start, size := result[0]>>32, result[0]&0xffffffff
	if _, err := module.free.Call(ctx, at, length); err != nil {
		return nil, err
	}
	view, _ := module.memory.Read(uint32(start), uint32(size))
	// What is read is the module's memory itself: copied, it outlives the next call.
	answer := bytes.Clone(view)
	_, err = module.free.Call(ctx, start, size)
	return answer, err
}
