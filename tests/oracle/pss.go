package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	_ "unsafe" // for go:linkname

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"k8s.io/pod-security-admission/test"
	"sigs.k8s.io/yaml"
)

const (
	newestMinor = 37
	// osFixtures is the first minor version the official fixtures have pods of an operating system for.
	osFixtures = 29
)

// fixtureKey and fixtureData have the layout of the types of the same names in the test package, whose function that
// makes the fixtures is not exported.
type fixtureKey struct {
	version api.Version
	level   api.Level
	check   policy.CheckID
}

type fixtureData struct {
	expectErrorSubstring string
	failRequiresFeatures []string
	failRequiresError    bool
	pass, fail           []*corev1.Pod
}

//go:linkname getFixtures k8s.io/pod-security-admission/test.getFixtures
func getFixtures(key fixtureKey) (fixtureData, error)

// pssFixtures writes the official pods of every level and version, named as upstream's TestFixtures names them.
func pssFixtures(dir string) {
	checks := policy.DefaultChecks()
	for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
		for minor := 0; minor <= newestMinor; minor++ {
			version := api.MajorMinorVersion(1, minor)
			versionDir := filepath.Join(dir, string(level), fmt.Sprintf("v1.%d", minor))
			write := func(verdict, name string, pod *corev1.Pod) {
				writeFixture(filepath.Join(versionDir, verdict), name, pod)
			}
			write("pass", "base", must(test.GetMinimalValidPod(level, version)))
			if level == api.LevelRestricted && minor >= osFixtures {
				write("pass", "base_linux", must(test.GetMinimalValidLinuxPod(level, version)))
				write("pass", "base_windows", must(test.GetMinimalValidWindowsPod(level, version)))
			}
			for _, c := range checks {
				if version.Older(c.Versions[0].MinimumVersion) || c.Level != level && level != api.LevelRestricted {
					continue
				}
				fixtures := must(getFixtures(fixtureKey{version, level, c.ID}))
				for i, pod := range fixtures.pass {
					write("pass", fmt.Sprintf("%s%d", strings.ToLower(string(c.ID)), i), pod)
				}
				for i, pod := range fixtures.fail {
					write("fail", fmt.Sprintf("%s%d", strings.ToLower(string(c.ID)), i), pod)
				}
			}
		}
	}
}

func writeFixture(dir, name string, pod *corev1.Pod) {
	pod = pod.DeepCopy()
	pod.Name = name
	encoded := must(runtime.Encode(scheme.Codecs.LegacyCodec(corev1.SchemeGroupVersion), pod))
	text := string(must(yaml.JSONToYAML(encoded)))
	text = strings.ReplaceAll(text, "    resources: {}\n", "")
	text = strings.ReplaceAll(text, "status: {}\n", "")
	check(os.MkdirAll(dir, 0o755))
	check(os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(text), 0o644))
}

// namedCheck is the revision of a check that a level and version run.
type namedCheck struct {
	id  policy.CheckID
	run policy.CheckPodFn
}

// checksOf picks checks as policy.NewEvaluator does, in the order of its results.
func checksOf(level api.Level, version api.Version) []namedCheck {
	var baseline, restricted []namedCheck
	overridden := map[policy.CheckID]bool{}
	for _, c := range policy.DefaultChecks() {
		var current *policy.VersionedCheck
		for i := range c.Versions {
			if !version.Older(c.Versions[i].MinimumVersion) {
				current = &c.Versions[i]
			}
		}
		switch {
		case current == nil:
		case c.Level == api.LevelBaseline:
			baseline = append(baseline, namedCheck{c.ID, current.CheckPod})
		case level == api.LevelRestricted:
			restricted = append(restricted, namedCheck{c.ID, current.CheckPod})
			for _, id := range current.OverrideCheckIDs {
				overridden[id] = true
			}
		}
	}
	baseline = slices.DeleteFunc(baseline, func(c namedCheck) bool { return overridden[c.id] })
	byID := func(a, b namedCheck) int { return strings.Compare(string(a.id), string(b.id)) }
	slices.SortFunc(baseline, byID)
	slices.SortFunc(restricted, byID)
	return append(baseline, restricted...)
}

// pssVerdict is a pod with the sorted ids of the checks that forbid it at each level of version 1.minor.
type pssVerdict struct {
	Minor      int              `json:"minor"`
	Pod        map[string]any   `json:"pod"`
	Baseline   []policy.CheckID `json:"baseline"`
	Restricted []policy.CheckID `json:"restricted"`
}

func pssRandom(r random, count int, print func(any)) {
	evaluator := must(policy.NewEvaluator(policy.DefaultChecks(), nil))
	for range count {
		minor := r.between(0, newestMinor)
		printed := manifest(randomPod(r, minor))
		var pod corev1.Pod
		check(json.Unmarshal(must(json.Marshal(printed)), &pod))
		defaultVolumes(&pod.Spec)
		forbidding := func(level api.Level) []policy.CheckID {
			version := api.MajorMinorVersion(1, minor)
			ids, results := []policy.CheckID{}, []policy.CheckResult{}
			for _, c := range checksOf(level, version) {
				result := c.run(&pod.ObjectMeta, &pod.Spec)
				if !result.Allowed {
					ids = append(ids, c.id)
				}
				results = append(results, result)
			}
			official := evaluator.EvaluatePod(api.LevelVersion{Level: level, Version: version}, &pod.ObjectMeta, &pod.Spec)
			if !reflect.DeepEqual(results, official) {
				panic(fmt.Sprintf("%s 1.%d: %+v, but the evaluator says %+v", level, minor, results, official))
			}
			slices.Sort(ids)
			return ids
		}
		print(pssVerdict{minor, printed, forbidding(api.LevelBaseline), forbidding(api.LevelRestricted)})
	}
}

// defaultVolumes gives volumes without a source the one that a server gives them before it admits the pod. The official fixtures
// count on it.
func defaultVolumes(spec *corev1.PodSpec) {
	for i := range spec.Volumes {
		if v := &spec.Volumes[i]; v.VolumeSource == (corev1.VolumeSource{}) {
			v.EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
}

// manifest is an object as someone would write it: with its type, without null and without what Kubernetes fills in.
func manifest(object runtime.Object) map[string]any {
	kinds, _, err := scheme.Scheme.ObjectKinds(object)
	check(err)
	object.GetObjectKind().SetGroupVersionKind(kinds[0])
	var fields map[string]any
	check(json.Unmarshal(must(json.Marshal(object)), &fields))
	delete(fields, "status")
	withoutNull(fields)
	return fields
}

func withoutNull(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, field := range value {
			if empty, ok := field.(map[string]any); field == nil || key == "resources" && ok && len(empty) == 0 {
				delete(value, key)
			} else {
				withoutNull(field)
			}
		}
	case []any:
		for _, item := range value {
			withoutNull(item)
		}
	}
}
