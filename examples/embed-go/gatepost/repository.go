package gatepost

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

var wanted = regexp.MustCompile(`^\.github/workflows/[^/]+\.ya?ml$|(^|/)action\.ya?ml$`)

type file struct {
	Path   string `json:"path"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	Digest string `json:"digest"`
}

// Request is a frame: `GPF1`, the length of the header, the header, and the bytes of all files behind each other.
func Request(repository string) ([]byte, error) {
	files, tail := []file{}, []byte{}
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(repository, path)
		if name = filepath.ToSlash(name); err != nil || entry.IsDir() || !wanted.MatchString(name) {
			return err
		}
		content, err := os.ReadFile(path)
		digest := sha256.Sum256(content)
		files = append(files, file{name, len(tail), len(content), "sha256:" + hex.EncodeToString(digest[:])})
		tail = append(tail, content...)
		return err
	})
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	rand.Read(key)
	_, missing := os.Stat(filepath.Join(repository, ".github"))
	header, err := json.Marshal(map[string]any{
		"api": 1,
		// `complete`: what is not among the files is not there, so the module asks for nothing more.
		"head":    map[string]any{"files": files, "roots": []string{""}, "complete": missing == nil},
		"options": map[string]any{"printKey": hex.EncodeToString(key)},
	})
	frame := binary.LittleEndian.AppendUint32([]byte("GPF1"), uint32(len(header)))
	return append(append(frame, header...), tail...), err
}

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
