package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/test"
)

// randomPod is a third of the time nearly valid for restricted, a third nearly valid for baseline, and else wild: any
// field of any container may have any value.
func randomPod(r random, minor int) *corev1.Pod {
	version := api.MajorMinorVersion(1, minor)
	var pod *corev1.Pod
	switch r.IntN(3) {
	case 0:
		minimal := pick(r, test.GetMinimalValidPod, test.GetMinimalValidLinuxPod, test.GetMinimalValidWindowsPod)
		pod = must(minimal(api.LevelRestricted, version))
		moreContainers(r, pod)
		mutate(r, pod, r.between(0, 3))
	case 1:
		pod = must(test.GetMinimalValidPod(api.LevelBaseline, version))
		moreContainers(r, pod)
		mutate(r, pod, r.between(0, 8))
	default:
		pod = must(test.GetMinimalValidPod(api.LevelBaseline, version))
		moreContainers(r, pod)
		percent := pick(r, 5, 15, 50)
		for _, set := range podFields {
			if r.chance(percent) {
				set(r, &pod.ObjectMeta, &pod.Spec)
			}
		}
		for _, c := range containers(&pod.Spec) {
			for _, set := range containerFields {
				if r.chance(percent) {
					set(r, c)
				}
			}
		}
	}
	pod.Name = "pod"
	return pod
}

// moreContainers varies the lists of containers: any may get copies of its first, or be empty.
func moreContainers(r random, pod *corev1.Pod) {
	spec := &pod.Spec
	model := spec.Containers[0]
	list := func(prefix string, counts ...int) (list []corev1.Container) {
		for i := range pick(r, counts...) {
			c := *model.DeepCopy()
			c.Name = fmt.Sprintf("%s%d", prefix, i+1)
			list = append(list, c)
		}
		return list
	}
	spec.InitContainers = list("initcontainer", 0, 1, 1, 2)
	spec.Containers = list("container", 1, 1, 1, 2, 2, 3)
	for _, c := range list("ephemeral", 0, 0, 0, 1, 1, 2) {
		common := corev1.EphemeralContainerCommon(c)
		spec.EphemeralContainers = append(spec.EphemeralContainers, corev1.EphemeralContainer{EphemeralContainerCommon: common})
	}
	if r.chance(1) {
		spec.Containers = nil
	}
	for _, c := range containers(spec) {
		if r.chance(2) {
			c.Name = pick(r, "", "container1")
		}
	}
}

func containers(spec *corev1.PodSpec) (all []*corev1.Container) {
	for i := range spec.InitContainers {
		all = append(all, &spec.InitContainers[i])
	}
	for i := range spec.Containers {
		all = append(all, &spec.Containers[i])
	}
	for i := range spec.EphemeralContainers {
		all = append(all, (*corev1.Container)(&spec.EphemeralContainers[i].EphemeralContainerCommon))
	}
	return all
}

func mutate(r random, pod *corev1.Pod, count int) {
	all := containers(&pod.Spec)
	for range count {
		if len(all) == 0 || r.chance(40) {
			pick(r, podFields...)(r, &pod.ObjectMeta, &pod.Spec)
		} else {
			pick(r, containerFields...)(r, pick(r, all...))
		}
	}
}

// podFields set one field of a pod to any value, or unset it.
var podFields = []func(random, *metav1.ObjectMeta, *corev1.PodSpec){
	func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) { spec.HostNetwork = r.chance(70) },
	func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) { spec.HostPID = r.chance(70) },
	func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) { spec.HostIPC = r.chance(70) },
	func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) { spec.HostUsers = flag(r) },
	func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) { spec.HostUsers = new(false) },
	func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) { spec.ShareProcessNamespace = flag(r) },
	func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) {
		spec.OS = pick(r, nil, &corev1.PodOS{Name: pick[corev1.OSName](r, "windows", "windows", "linux", "Windows", "")})
	},
	func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) {
		spec.SecurityContext = pick(r, nil, &corev1.PodSecurityContext{})
	},
	inPodContext(func(r random, c *corev1.PodSecurityContext) { c.RunAsNonRoot = flag(r) }),
	inPodContext(func(r random, c *corev1.PodSecurityContext) { c.RunAsUser = userID(r) }),
	inPodContext(func(r random, c *corev1.PodSecurityContext) { c.RunAsGroup = userID(r) }),
	inPodContext(func(r random, c *corev1.PodSecurityContext) { c.SeccompProfile = seccomp(r) }),
	inPodContext(func(r random, c *corev1.PodSecurityContext) { c.AppArmorProfile = appArmor(r) }),
	inPodContext(func(r random, c *corev1.PodSecurityContext) { c.SELinuxOptions = seLinux(r) }),
	inPodContext(func(r random, c *corev1.PodSecurityContext) { c.WindowsOptions = windows(r) }),
	inPodContext(sysctls),
	inPodContext(sysctls),
	volumes,
	volumes,
	annotations(map[string]int{"seccomp.security.alpha.kubernetes.io/pod": 8, "container.seccomp.security.alpha.kubernetes.io/": 8},
		"runtime/default", "docker/default", "localhost/profile", "localhost/", "localhost", "unconfined", "RuntimeDefault", ""),
	annotations(map[string]int{"container.apparmor.security.beta.kubernetes.io/": 8, "container.apparmor.security.beta.kubernetes.io": 1},
		"runtime/default", "localhost/profile", "localhost/", "localhost", "unconfined", "RuntimeDefault", ""),
}

func inPodContext(set func(random, *corev1.PodSecurityContext)) func(random, *metav1.ObjectMeta, *corev1.PodSpec) {
	return func(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) {
		if spec.SecurityContext == nil {
			spec.SecurityContext = &corev1.PodSecurityContext{}
		}
		set(r, spec.SecurityContext)
	}
}

func sysctls(r random, c *corev1.PodSecurityContext) {
	c.Sysctls = nil
	safe := r.chance(60)
	for range r.between(0, 3) {
		name := pick(r, "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
			"net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports",
			"net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
			"net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
			"net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat")
		if !safe {
			name = pick(r, name, "kernel.msgmax", "net.ipv4.tcp_mem", "net/ipv4/tcp_syncookies", "net.ipv4.*", "")
		}
		c.Sysctls = append(c.Sysctls, corev1.Sysctl{Name: name, Value: "1"})
	}
}

// volumes gives the pod volumes with no source, one source of any kind, or (which no server takes) two.
func volumes(r random, _ *metav1.ObjectMeta, spec *corev1.PodSpec) {
	spec.Volumes = nil
	for i := range r.between(0, 3) {
		v := corev1.Volume{Name: fmt.Sprintf("volume%d", i+1)}
		set := func(name string) {
			field := reflect.ValueOf(&v.VolumeSource).Elem().FieldByName(name)
			field.Set(reflect.New(field.Type().Elem()))
		}
		anyKind := func() string {
			sources := reflect.TypeFor[corev1.VolumeSource]()
			return sources.Field(r.IntN(sources.NumField())).Name
		}
		for range pick(r, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2) {
			switch r.IntN(4) {
			case 0:
				set("HostPath")
			case 1:
				set(anyKind())
			default:
				set(pick(r, "ConfigMap", "CSI", "DownwardAPI", "EmptyDir", "Ephemeral", "Image", "PersistentVolumeClaim", "Projected", "Secret"))
			}
		}
		spec.Volumes = append(spec.Volumes, v)
	}
}

// annotations gives the pod one or two annotations of keys with a weight; a key that ends in "/" gets a container's name.
func annotations(keys map[string]int, values ...string) func(random, *metav1.ObjectMeta, *corev1.PodSpec) {
	var weighted []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		for range keys[key] {
			weighted = append(weighted, key)
		}
	}
	return func(r random, meta *metav1.ObjectMeta, spec *corev1.PodSpec) {
		for range r.between(1, 2) {
			key := pick(r, weighted...)
			if key[len(key)-1] == '/' {
				names := []string{"container1", "other"}
				for _, c := range containers(spec) {
					names = append(names, c.Name)
				}
				key += pick(r, names...)
			}
			metav1.SetMetaDataAnnotation(meta, key, pick(r, values...))
		}
	}
}

// containerFields set one field of a container to any value, or unset it.
var containerFields = []func(random, *corev1.Container){
	func(r random, c *corev1.Container) { c.SecurityContext = pick(r, nil, &corev1.SecurityContext{}) },
	inContext(func(r random, c *corev1.SecurityContext) { c.Privileged = flag(r) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.AllowPrivilegeEscalation = flag(r) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.AllowPrivilegeEscalation = new(false) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.ReadOnlyRootFilesystem = flag(r) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.RunAsNonRoot = flag(r) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.RunAsUser = userID(r) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.SeccompProfile = seccomp(r) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.AppArmorProfile = appArmor(r) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.SELinuxOptions = seLinux(r) }),
	inContext(func(r random, c *corev1.SecurityContext) { c.WindowsOptions = windows(r) }),
	inContext(func(r random, c *corev1.SecurityContext) {
		c.ProcMount = pick(r, nil, new(pick[corev1.ProcMountType](r, "Default", "Unmasked", "Unmasked", "default", "")))
	}),
	inContext(capabilities),
	inContext(capabilities),
	ports,
	func(r random, c *corev1.Container) { c.LivenessProbe = probe(r) },
	func(r random, c *corev1.Container) { c.ReadinessProbe = probe(r) },
	func(r random, c *corev1.Container) { c.StartupProbe = probe(r) },
	inLifecycle(func(r random, l *corev1.Lifecycle) { l.PostStart = handler(r) }),
	inLifecycle(func(r random, l *corev1.Lifecycle) { l.PreStop = handler(r) }),
}

func inContext(set func(random, *corev1.SecurityContext)) func(random, *corev1.Container) {
	return func(r random, c *corev1.Container) {
		if c.SecurityContext == nil {
			c.SecurityContext = &corev1.SecurityContext{}
		}
		set(r, c.SecurityContext)
	}
}

func inLifecycle(set func(random, *corev1.Lifecycle)) func(random, *corev1.Container) {
	return func(r random, c *corev1.Container) {
		if c.Lifecycle == nil {
			c.Lifecycle = &corev1.Lifecycle{}
		}
		set(r, c.Lifecycle)
	}
}

func capabilities(r random, c *corev1.SecurityContext) {
	c.Capabilities = nil
	if r.chance(10) {
		return
	}
	c.Capabilities = &corev1.Capabilities{}
	switch {
	case r.chance(20):
		c.Capabilities.Add = []corev1.Capability{"NET_BIND_SERVICE"}
	case r.chance(60):
		c.Capabilities.Add = some[corev1.Capability](r, 0, 3, "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID",
			"KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")
	case r.chance(50):
		c.Capabilities.Add = some[corev1.Capability](r, 1, 2, "NET_RAW", "SYS_ADMIN", "ALL", "all", "chown", "CAP_CHOWN",
			"CAP_NET_BIND_SERVICE", "net_bind_service", "NET_BIND_SERVICE", "CHOWN", "")
	}
	if r.chance(50) {
		c.Capabilities.Drop = []corev1.Capability{"ALL"}
	} else {
		c.Capabilities.Drop = some[corev1.Capability](r, 0, 3, "ALL", "all", "CAP_ALL", "NET_RAW", "KILL", "*", "")
	}
}

func ports(r random, c *corev1.Container) {
	c.Ports = nil
	for range r.between(0, 2) {
		c.Ports = append(c.Ports, corev1.ContainerPort{ContainerPort: 8080, HostPort: pick[int32](r, 0, 0, 80, 8080, -1)})
	}
}

func probe(r random) *corev1.Probe {
	h := handler(r)
	if h == nil {
		return nil
	}
	p := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: h.Exec, HTTPGet: h.HTTPGet, TCPSocket: h.TCPSocket}}
	if r.chance(10) {
		p.GRPC = &corev1.GRPCAction{Port: 8080}
	}
	return p
}

func handler(r random) *corev1.LifecycleHandler {
	if r.chance(10) {
		return nil
	}
	h := &corev1.LifecycleHandler{}
	for range pick(r, 0, 1, 1, 1, 1, 1, 2) {
		host := pick(r, "", "", "localhost", "127.0.0.1", "example.com")
		switch r.IntN(5) {
		case 0, 1:
			h.HTTPGet = &corev1.HTTPGetAction{Host: host, Path: "/", Port: intstr.FromInt32(8080)}
		case 2, 3:
			h.TCPSocket = &corev1.TCPSocketAction{Host: host, Port: intstr.FromString("http")}
		default:
			h.Exec = &corev1.ExecAction{Command: []string{"true"}}
		}
	}
	return h
}

func flag(r random) *bool { return pick(r, nil, new(true), new(false)) }

func userID(r random) *int64 {
	return pick[*int64](r, nil, new(int64(0)), new(int64(0)), new(int64(1)), new(int64(1000)))
}

func seccomp(r random) *corev1.SeccompProfile {
	return pick(r, nil, &corev1.SeccompProfile{
		Type: pick[corev1.SeccompProfileType](r, "RuntimeDefault", "RuntimeDefault", "Localhost", "Unconfined", "runtimeDefault", ""),
	})
}

func appArmor(r random) *corev1.AppArmorProfile {
	return pick(r, nil, &corev1.AppArmorProfile{
		Type: pick[corev1.AppArmorProfileType](r, "RuntimeDefault", "RuntimeDefault", "Localhost", "Unconfined", "runtime/default", ""),
	})
}

func seLinux(r random) *corev1.SELinuxOptions {
	return pick(r, nil, &corev1.SELinuxOptions{
		Type:  pick(r, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t", "container_engine_t", "spc_t", "Container_t"),
		User:  pick(r, "", "", "", "", "system_u"),
		Role:  pick(r, "", "", "", "", "system_r"),
		Level: pick(r, "", "s0:c1,c2"),
	})
}

func windows(r random) *corev1.WindowsSecurityContextOptions {
	return pick(r, nil, &corev1.WindowsSecurityContextOptions{HostProcess: flag(r)})
}
