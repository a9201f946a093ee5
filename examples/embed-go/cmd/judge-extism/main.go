// Judges a repository's workflows with the module for Extism: judge-extism gatepost_extism.wasm REPOSITORY
package main

import (
	"context"

	"example.org/gatepost-embed/gatepost"
	"example.org/gatepost-embed/plugin"
)

func main() {
	gatepost.Main(func(path, repository string) ([]byte, error) {
		module, err := plugin.Load(context.Background(), path)
		if err != nil {
			return nil, err
		}
		request, err := gatepost.Request(repository)
		if err != nil {
			return nil, err
		}
		_, answer, err := module.Call("evaluate", request)
		return answer, err
	})
}
