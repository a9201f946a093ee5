package gatepost

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// What the module reads of a repository of GitHub, and as what. Pipelines of GitLab and manifests are not looked for.
var roles = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"github-workflow", regexp.MustCompile(`^\.github/workflows/[^/]*\.ya?ml$`)},
	{"github-action", regexp.MustCompile(`(^|/)action\.ya?ml$`)},
	{"github-dependabot", regexp.MustCompile(`^\.github/dependabot\.ya?ml$`)},
	{"github-codeowners", regexp.MustCompile(`^(\.github/|docs/)?CODEOWNERS$`)},
}

// Request is a frame: `GPF1`, the length of the header, the header, and the bytes of all files behind each other.
func Request(repository string) ([]byte, error) {
	root, err := filepath.EvalSymlinks(repository)
	if err != nil {
		return nil, err
	}
	files, unread, tail := []any{}, []any{}, []byte{}
	// Links are not entered: what they lead to is found where it lies.
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		if err != nil || entry.IsDir() {
			if err == nil && (entry.Name() == ".git" || entry.Name() == "node_modules") {
				return fs.SkipDir
			}
			return err
		}
		for _, role := range roles {
			if !role.pattern.MatchString(name) {
				continue
			}
			content, why, err := read(root, path)
			if why != "" {
				reasons := []any{map[string]string{"code": "unreadable", "message": "the file cannot be read: " + why}}
				unread = append(unread, map[string]any{
					"path": name, "origin": "unknown", "roles": []string{role.name}, "state": "refused", "why": reasons,
				})
				return nil
			}
			digest := sha256.Sum256(content)
			files = append(files, map[string]any{
				"path": name, "offset": len(tail), "length": len(content), "digest": "sha256:" + hex.EncodeToString(digest[:]),
			})
			tail = append(tail, content...)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	rand.Read(key)
	_, missing := os.Stat(filepath.Join(root, ".github"))
	header, err := json.Marshal(map[string]any{
		"api": 1,
		// `complete`: what is not among the files is not there, so the module asks for nothing more.
		"head":    map[string]any{"files": files, "unread": unread, "roots": []string{""}, "complete": missing == nil},
		"options": map[string]any{"printKey": hex.EncodeToString(key)},
	})
	frame := binary.LittleEndian.AppendUint32([]byte("GPF1"), uint32(len(header)))
	return append(append(frame, header...), tail...), err
}

// The bytes of a file, or why there are none. What a link leads to outside of the repository is not part of it, nor ours to show.
func read(root, path string) (content []byte, why string, err error) {
	file, err := filepath.EvalSymlinks(path)
	below, _ := filepath.Rel(root, file)
	if err != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		return nil, "it is a link to something outside of its repository", nil
	}
	// A pipe would be waited for.
	if found, err := os.Stat(file); err == nil && !found.Mode().IsRegular() {
		return nil, "it is not a file", nil
	}
	content, err = os.ReadFile(file)
	return content, "", err
}
