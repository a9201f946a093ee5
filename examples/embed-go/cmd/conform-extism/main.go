// Answers every case by the module for Extism: conform-extism MODULE CASES OUT [BENCH]
package main

import (
	"context"

	"example.org/gatepost-embed/conform"
	"example.org/gatepost-embed/plugin"
)

var names = map[uint32]string{
	1: "inspect", 2: "decide", 3: "evaluate", 4: "describe", 5: "render", 6: "show", 7: "who_can", 8: "policy",
}

func main() {
	conform.Main("Go, Extism", "github.com/extism/go-sdk", func(path string) (conform.Call, error) {
		module, err := plugin.Load(context.Background(), path)
		return func(operation uint32, request []byte) ([]byte, error) {
			name, known := names[operation]
			if !known {
				return nil, nil
			}
			_, answer, err := module.Call(name, request)
			return answer, err
		}, err
	})
}
