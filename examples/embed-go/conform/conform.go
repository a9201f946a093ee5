// Package conform answers every case by one warm instance, and times a request: what the commands `conform` and `conform-extism` share.
package conform

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Call asks for an operation by its number.
type Call func(operation uint32, request []byte) ([]byte, error)

// Load makes a module ready.
type Load func(path string) (Call, error)

// Main takes MODULE CASES OUT [BENCH] from the command line.
func Main(host, dependency string, load Load) {
	if err := run(host, dependency, load, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(host, dependency string, load Load, arguments []string) error {
	if len(arguments) < 3 {
		return fmt.Errorf("three arguments are wanted, or four: MODULE CASES OUT [BENCH]")
	}
	call, err := load(arguments[0])
	if err == nil {
		err = answerAll(call, arguments[1], arguments[2])
	}
	if err != nil || len(arguments) == 3 {
		return err
	}
	return measure(host, dependency, load, arguments[0], arguments[3])
}

func answerAll(call Call, cases, out string) error {
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	// Sorted by name.
	found, err := filepath.Glob(filepath.Join(cases, "*.request"))
	if err != nil {
		return err
	}
	for _, path := range found {
		parts := strings.Split(filepath.Base(path), ".")
		name, number := strings.Join(parts[:len(parts)-2], "."), parts[len(parts)-2]
		operation, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return err
		}
		request, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		answer, err := call(uint32(operation), request)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		// An answer is never empty: by name, an operation that has none cannot be asked for.
		if len(answer) == 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(out, name+".answer"), answer, 0o666); err != nil {
			return err
		}
	}
	return nil
}

func measure(host, dependency string, load Load, module, bench string) error {
	request, err := os.ReadFile(bench)
	if err != nil {
		return err
	}
	begun := time.Now()
	call, err := load(module)
	if err != nil {
		return err
	}
	loaded := milliseconds(begun)
	times := []float64{}
	for range 11 {
		begun := time.Now()
		if _, err := call(3, request); err != nil {
			return err
		}
		times = append(times, milliseconds(begun))
	}
	steady := times[1]
	for _, time := range times[1:] {
		steady = min(steady, time)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"host": host, "version": version(dependency), "loadMs": loaded, "firstMs": times[0], "steadyMs": steady,
	})
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

func version(dependency string) string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == dependency {
				return module.Version
			}
		}
	}
	return ""
}
