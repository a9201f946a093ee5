package gatepost

import (
	"encoding/json"
	"fmt"
	"os"
)

// Main runs a judge, which gets the paths of the module and of the repository and gives the answer. It prints the report as the module
// wrote it, and ends with 0 for allow and warn, 1 for deny and hold, 2 for an error.
func Main(judge func(module, repository string) ([]byte, error)) {
	code, err := 2, fmt.Errorf("two arguments are wanted: MODULE REPOSITORY")
	if len(os.Args) == 3 {
		var answer []byte
		if answer, err = judge(os.Args[1], os.Args[2]); err == nil {
			code, err = finish(answer)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
	}
	os.Exit(code)
}

func finish(text []byte) (int, error) {
	var answer struct {
		Ok    json.RawMessage
		Need  json.RawMessage
		Error struct{ Message string }
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return 2, err
	}
	if answer.Ok == nil {
		return 2, fmt.Errorf("%s%s", answer.Error.Message, answer.Need)
	}
	var report struct{ Decision struct{ Outcome string } }
	if err := json.Unmarshal(answer.Ok, &report); err != nil {
		return 2, err
	}
	fmt.Printf("%s\n", answer.Ok)
	codes := map[string]int{"allow": 0, "warn": 0, "deny": 1, "hold": 1}
	if code, known := codes[report.Decision.Outcome]; known {
		return code, nil
	}
	return 2, nil
}
