// The oracle prints the verdicts of Kubernetes' own code, for Gatepost's tests to compare with.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
)

const usage = `usage: oracle pss-fixtures DIR
       oracle pss-random SEED COUNT
       oracle rbac SEED COUNT`

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 2 && args[0] == "pss-fixtures":
		pssFixtures(args[1])
	case len(args) == 3 && args[0] == "pss-random":
		withSeed(args[1:], pssRandom)
	case len(args) == 3 && args[0] == "rbac":
		withSeed(args[1:], rbacRandom)
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
}

// withSeed runs a generator of JSON lines with a source of its own, so that a seed and a count give the same lines.
func withSeed(args []string, generate func(r random, count int, print func(any))) {
	seed := must(strconv.ParseUint(args[0], 10, 64))
	count := must(strconv.Atoi(args[1]))
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	generate(random{rand.New(rand.NewPCG(seed, 0))}, count, func(line any) { check(encoder.Encode(line)) })
	check(out.Flush())
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
