// This file lets the package declare a function without a body (go:linkname in pss.go).
