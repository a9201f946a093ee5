package main

import "math/rand/v2"

// random is a source of choices.
type random struct{ *rand.Rand }

// chance is true in percent of a hundred calls.
func (r random) chance(percent int) bool { return r.IntN(100) < percent }

// between is a number from low to high, both included.
func (r random) between(low, high int) int { return low + r.IntN(high-low+1) }

// pick is one of the values, each as likely.
func pick[T any](r random, values ...T) T { return values[r.IntN(len(values))] }

// some is low to high of the values, each at most once, in random order.
func some[T any](r random, low, high int, values ...T) []T {
	count := min(r.between(low, high), len(values))
	chosen := make([]T, 0, count)
	for _, i := range r.Perm(len(values))[:count] {
		chosen = append(chosen, values[i])
	}
	return chosen
}
