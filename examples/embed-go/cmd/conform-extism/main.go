// Answers every case by the module for Extism: conform-extism MODULE CASES OUT [BENCH]
package main

import (
	"context"

	"example.org/gatepost-embed/conform"
	"example.org/gatepost-embed/plugin"
)

var names = []string{"", "inspect", "decide", "evaluate", "describe", "render", "show", "who_can", "policy"}

func main() {
	conform.Main("Go, Extism", "github.com/extism/go-sdk", func(path string) (conform.Call, error) {
		module, err := plugin.Load(context.Background(), path)
		return func(operation uint32, request []byte) ([]byte, error) {
			if int(operation) >= len(names) {
				return nil, nil
			}
			_, answer, err := module.Call(names[operation], request)
			return answer, err
		}, err
	})
}
