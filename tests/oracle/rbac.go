package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

const requestsOfPolicy = 8

// policyCase is a policy with requests and whether it allows them.
type policyCase struct {
	Objects  []map[string]any `json:"objects"`
	Requests []request        `json:"requests"`
}

// request is of a path if it has one, else of a resource; without a namespace it is for the whole cluster.
type request struct {
	User        string   `json:"user"`
	Groups      []string `json:"groups"`
	Verb        string   `json:"verb"`
	APIGroup    string   `json:"apiGroup"`
	Resource    string   `json:"resource"`
	Subresource string   `json:"subresource"`
	Name        string   `json:"name"`
	Namespace   string   `json:"namespace"`
	Path        string   `json:"path"`
	Allowed     bool     `json:"allowed"`
}

func rbacRandom(r random, count int, print func(any)) {
	for count > 0 {
		policy := randomPolicy(r)
		line := policyCase{Objects: policy.manifests(), Requests: []request{}}
		policy.clusterRoles = aggregated(policy.clusterRoles)
		_, getters := validation.NewTestRuleResolver(policy.roles, policy.roleBindings, policy.clusterRoles, policy.clusterRoleBindings)
		authorizer := rbac.New(getters, getters, getters, getters)
		for range min(count, requestsOfPolicy) {
			request := randomRequest(r)
			if r.chance(90) {
				request = aimed(r, policy, getters, request)
			}
			request.Allowed = allows(authorizer, request)
			line.Requests = append(line.Requests, request)
			count--
		}
		print(line)
	}
}

type objects struct {
	roles               []*rbacv1.Role
	clusterRoles        []*rbacv1.ClusterRole
	roleBindings        []*rbacv1.RoleBinding
	clusterRoleBindings []*rbacv1.ClusterRoleBinding
}

func (p objects) manifests() []map[string]any {
	all := []map[string]any{}
	for _, role := range p.roles {
		all = append(all, manifest(role))
	}
	for _, role := range p.clusterRoles {
		all = append(all, manifest(role))
	}
	for _, binding := range p.roleBindings {
		all = append(all, manifest(binding))
	}
	for _, binding := range p.clusterRoleBindings {
		all = append(all, manifest(binding))
	}
	return all
}

// aggregated gives each role with an aggregation rule the rules of the roles it selects, again and again as the
// controller does, until nothing changes: roles may aggregate aggregated roles, also each other.
func aggregated(roles []*rbacv1.ClusterRole) (resolved []*rbacv1.ClusterRole) {
	for _, role := range roles {
		resolved = append(resolved, role.DeepCopy())
	}
	for changed := true; changed; {
		changed = false
		for _, role := range resolved {
			rules := selectedRules(role, resolved)
			if len(rules) > len(role.Rules) {
				role.Rules = rules
				changed = true
			}
		}
	}
	return resolved
}

func selectedRules(aggregating *rbacv1.ClusterRole, roles []*rbacv1.ClusterRole) (rules []rbacv1.PolicyRule) {
	if aggregating.AggregationRule == nil {
		return nil
	}
	for _, labelSelector := range aggregating.AggregationRule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&labelSelector)
		if err != nil {
			return nil // The controller changes nothing either.
		}
		for _, role := range roles {
			if role.Name == aggregating.Name || !selector.Matches(labels.Set(role.Labels)) {
				continue
			}
			for _, rule := range role.Rules {
				if !hasRule(rules, rule) {
					rules = append(rules, rule)
				}
			}
		}
	}
	return rules
}

func hasRule(rules []rbacv1.PolicyRule, rule rbacv1.PolicyRule) bool {
	for _, other := range rules {
		if equality.Semantic.DeepEqual(other, rule) {
			return true
		}
	}
	return false
}

func allows(a authorizer.Authorizer, r request) bool {
	decision, _, err := a.Authorize(context.Background(), authorizer.AttributesRecord{
		User:            &user.DefaultInfo{Name: r.User, Groups: r.Groups},
		Verb:            r.Verb,
		APIGroup:        r.APIGroup,
		Resource:        r.Resource,
		Subresource:     r.Subresource,
		Name:            r.Name,
		Namespace:       r.Namespace,
		Path:            r.Path,
		ResourceRequest: r.Path == "",
	})
	check(err)
	return decision == authorizer.DecisionAllow
}

func randomPolicy(r random) (p objects) {
	namespaces := []string{"ns1", "ns2"}
	for _, namespace := range namespaces {
		for _, name := range some(r, 1, 2, "reader", "writer") {
			meta := metav1.ObjectMeta{Name: name, Namespace: namespace}
			p.roles = append(p.roles, &rbacv1.Role{ObjectMeta: meta, Rules: randomRules(r)})
		}
	}
	for _, name := range some(r, 3, 5, "reader", "writer", "admin", "viewer", "all") {
		role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: randomLabels(r)}}
		if r.chance(30) {
			role.AggregationRule = &rbacv1.AggregationRule{}
			for range r.between(1, 2) {
				selectors := &role.AggregationRule.ClusterRoleSelectors
				*selectors = append(*selectors, randomSelector(r))
			}
		} else {
			role.Rules = randomRules(r)
		}
		p.clusterRoles = append(p.clusterRoles, role)
	}
	for i := range r.between(0, 5) {
		meta := metav1.ObjectMeta{Name: fmt.Sprintf("binding%d", i+1), Namespace: pick(r, namespaces...)}
		p.roleBindings = append(p.roleBindings, &rbacv1.RoleBinding{
			ObjectMeta: meta,
			Subjects:   randomSubjects(r),
			RoleRef:    randomRoleRef(r, pick(r, "Role", "ClusterRole")),
		})
	}
	for i := range r.between(1, 4) {
		kind := "ClusterRole"
		if r.chance(3) {
			kind = "Role"
		}
		p.clusterRoleBindings = append(p.clusterRoleBindings, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("binding%d", i+1)},
			Subjects:   randomSubjects(r),
			RoleRef:    randomRoleRef(r, kind),
		})
	}
	return p
}

func randomRules(r random) (rules []rbacv1.PolicyRule) {
	for range pick(r, 0, 1, 1, 2, 2, 3, 3, 4) {
		rule := rbacv1.PolicyRule{Verbs: randomVerbs(r)}
		paths := r.chance(30)
		if paths {
			rule.NonResourceURLs = some(r, 0, 2, "/healthz", "/healthz/*", "/healthz*", "/metrics", "/api/*", "/api/v1", "/api/**",
				"/*", "*", "**", "/", "/*/ready", "/healthz/*/", "/*/v1*", "/HEALTHZ", "healthz*")
		}
		if !paths || r.chance(5) {
			rule.APIGroups = pick(r, []string{"*"}, []string{"*"}, []string{""}, []string{""}, []string{"", "apps"}, []string{"apps"}, some(r, 0, 3, "", "apps", "*", "core", "apps/v1", "Apps"))
			rule.Resources = pick(r,
				[]string{"*"},
				some(r, 2, 4, "pods", "secrets", "deployments", "pods/log", "pods/exec", "*"),
				some(r, 0, 3, "pods", "*", "pods/*", "*/log", "*/exec", "*/*", "*/", "/log", "pods/", "Pods", "pod", "*log", "*/pods"))
			if r.chance(30) {
				rule.ResourceNames = pick(r, some(r, 0, 2, "x", "y"), some(r, 1, 2, "", "*", "x", "x*", "X"))
			}
		}
		rules = append(rules, rule)
	}
	return rules
}

func randomVerbs(r random) []string {
	if r.chance(30) {
		return []string{"*"}
	}
	if r.chance(10) {
		return some(r, 0, 2, "GET", "get*", "*", "use", "")
	}
	return some(r, 1, 4, "get", "list", "create", "delete")
}

func randomLabels(r random) map[string]string {
	chosen := map[string]string{}
	if r.chance(50) {
		chosen["team"] = pick(r, "a", "b", "")
	}
	if r.chance(50) {
		chosen["example.com/to-all"] = pick(r, "true", "true", "false")
	}
	return chosen
}

func randomSelector(r random) (selector metav1.LabelSelector) {
	if r.chance(60) {
		selector.MatchLabels = pick(r, randomLabels(r), map[string]string{"example.com/to-all": "true"})
	}
	for range pick(r, 0, 0, 1, 1, 2) {
		expression := metav1.LabelSelectorRequirement{Key: pick(r, "team", "example.com/to-all", "other")}
		expression.Operator = pick(r, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)
		if expression.Operator == metav1.LabelSelectorOpIn || expression.Operator == metav1.LabelSelectorOpNotIn {
			expression.Values = some(r, 1, 2, "a", "b", "true", "")
			if r.chance(3) {
				expression.Values = nil // An error: such a role gets no rules.
			}
		}
		selector.MatchExpressions = append(selector.MatchExpressions, expression)
	}
	return selector
}

func randomRoleRef(r random, kind string) rbacv1.RoleRef {
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: pick(r, "reader", "writer")}
	if kind == "ClusterRole" {
		ref.Name = pick(r, "reader", "writer", "admin", "viewer", "all")
	}
	switch r.IntN(60) {
	case 0:
		ref.Kind = pick(r, "role", "clusterrole", "Group", "")
	case 1:
		ref.APIGroup = pick(r, "", "example.com")
	case 2:
		ref.Name = pick(r, "missing", "*", "")
	}
	return ref
}

func randomSubjects(r random) (subjects []rbacv1.Subject) {
	for range pick(r, 0, 1, 1, 1, 2, 2, 3) {
		subject := rbacv1.Subject{APIGroup: rbacv1.GroupName}
		switch r.IntN(3) {
		case 0:
			subject.Kind = rbacv1.UserKind
			subject.Name = pick(r, "alice", "alice", "bob", "bob", "*", "system:anonymous", "system:serviceaccount:ns1:default",
				"system:serviceaccount:ns2:robot", "system:serviceaccount:ns1:*", "Alice")
		case 1:
			subject.Kind = rbacv1.GroupKind
			subject.Name = pick(r, "devs", "devs", "ops", "ops", "system:authenticated", "system:authenticated", "system:unauthenticated",
				"system:serviceaccounts", "system:serviceaccounts:ns1", "system:serviceaccounts:*", "*", "alice")
		default:
			subject = rbacv1.Subject{
				Kind:      rbacv1.ServiceAccountKind,
				Name:      pick(r, "default", "default", "robot", "robot", "*"),
				Namespace: pick(r, "", "ns1", "ns1", "ns2", "ns2", "*"),
			}
		}
		switch r.IntN(40) {
		case 0:
			subject.APIGroup = pick(r, "", "example.com", rbacv1.GroupName, "*")
		case 1:
			subject.Kind = pick(r, "user", "serviceaccount", "SystemUser", "", rbacv1.UserKind, rbacv1.GroupKind)
		case 2:
			subject.Namespace = pick(r, "", "ns1", "ns2")
		}
		subjects = append(subjects, subject)
	}
	return subjects
}

func randomRequest(r random) request {
	q := request{Verb: pick(r, "get", "get", "get", "list", "list", "create", "delete")}
	if r.chance(3) {
		q.Verb = pick(r, "*", "GET", "use", "")
	}
	switch r.IntN(7) {
	case 0, 1, 2:
		q.User = pick(r, "alice", "bob")
	case 3, 4, 5:
		q.User = "system:serviceaccount:" + pick(r, "ns1", "ns2") + ":" + pick(r, "default", "robot")
	default:
		q.User = pick(r, "*", "carol", user.Anonymous, user.Anonymous)
	}
	q.Groups = groupsOf(q.User, some(r, 0, 2, "devs", "ops", "*")...)
	if r.chance(15) {
		q.Path = pick(r, "/", "/healthz", "/healthz/", "/healthz/ready", "/healthz/*", "/healthzz", "/metrics", "/metrics/x",
			"/api", "/api/v1", "/api/v1/x", "/api/*", "*", "healthz")
		return q
	}
	q.Namespace = pick(r, "ns1", "ns1", "ns1", "ns2", "ns2", "ns2", "ns3", "")
	q.APIGroup = pick(r, "", "", "apps")
	q.Resource = pick(r, "pods", "pods", "secrets", "deployments")
	q.Subresource = pick(r, "", "", "", "log", "exec")
	q.Name = pick(r, "", "x", "x", "y")
	if r.chance(5) {
		q.APIGroup = pick(r, "*", "core", "apps/v1")
	}
	if r.chance(5) {
		q.Resource = pick(r, "*", "Pods", "pod", "pods/log")
	}
	if r.chance(3) {
		q.Subresource = pick(r, "*", "pods", "")
	}
	if r.chance(3) {
		q.Name = pick(r, "*", "X", "xx")
	}
	return q
}

// groupsOf is the groups a server gives a user; only normal users may have others.
func groupsOf(name string, others ...string) []string {
	if name == user.Anonymous {
		return []string{user.AllUnauthenticated}
	}
	if namespace, _, err := serviceaccount.SplitUsername(name); err == nil {
		return append(serviceaccount.MakeGroupNames(namespace), user.AllAuthenticated)
	}
	return append(slices.Clone(others), user.AllAuthenticated)
}

// aimed is a request that a rule bound to one of the policy's subjects may allow, or that is beside it in one field.
func aimed(r random, p objects, getters *validation.StaticRoles, q request) request {
	var subjects []rbacv1.Subject
	var rules []rbacv1.PolicyRule
	other := q
	for try := 0; try < 4 && (len(subjects) == 0 || len(rules) == 0); try++ {
		if len(p.roleBindings) > 0 && r.chance(60) {
			b := pick(r, p.roleBindings...)
			subjects, rules, q.Namespace = b.Subjects, rulesOf(getters, b.RoleRef, b.Namespace), b.Namespace
		} else {
			b := pick(r, p.clusterRoleBindings...)
			subjects, rules, q.Namespace = b.Subjects, rulesOf(getters, b.RoleRef, ""), other.Namespace
		}
	}
	if len(subjects) > 0 {
		q.aimAtSubject(r, pick(r, subjects...))
	}
	if len(rules) > 0 {
		q.aimAtRule(r, pick(r, rules...))
	}
	if q.Path != "" {
		q = request{User: q.User, Groups: q.Groups, Verb: q.Verb, Path: q.Path}
	}
	switch r.IntN(16) {
	case 0:
		q.User, q.Groups = other.User, other.Groups
	case 1:
		q.Verb = other.Verb
	}
	if q.Path == "" && other.Path == "" {
		switch r.IntN(16) {
		case 0:
			q.APIGroup = other.APIGroup
		case 1:
			q.Resource = other.Resource
		case 2:
			q.Subresource = other.Subresource
		case 3:
			q.Name = other.Name
		case 4:
			q.Namespace = other.Namespace
		}
	}
	return q
}

func rulesOf(getters *validation.StaticRoles, ref rbacv1.RoleRef, namespace string) []rbacv1.PolicyRule {
	resolver := validation.NewDefaultRuleResolver(getters, getters, getters, getters)
	rules, err := resolver.GetRoleReferenceRules(context.Background(), ref, namespace)
	if err != nil {
		return nil // The role is missing.
	}
	return rules
}

func (q *request) aimAtSubject(r random, s rbacv1.Subject) {
	switch {
	case s.Kind == rbacv1.ServiceAccountKind:
		namespace := s.Namespace
		if namespace == "" {
			namespace = cmp.Or(q.Namespace, "ns1")
		}
		q.User = serviceaccount.MakeUsername(namespace, s.Name)
		q.Groups = groupsOf(q.User)
	case s.Kind == rbacv1.UserKind:
		q.User = s.Name
		q.Groups = groupsOf(q.User, some(r, 0, 1, "devs", "ops")...)
	case s.Name == user.AllUnauthenticated:
		q.User = user.Anonymous
		q.Groups = groupsOf(q.User)
	case strings.HasPrefix(s.Name, serviceaccount.AllServiceAccountsGroup):
		q.User = serviceaccount.MakeUsername(pick(r, "ns1", "ns2"), pick(r, "default", "robot"))
		q.Groups = groupsOf(q.User)
	case s.Name != user.AllAuthenticated:
		q.User = pick(r, "alice", "bob", "carol")
		q.Groups = groupsOf(q.User, s.Name)
	}
}

func (q *request) aimAtRule(r random, rule rbacv1.PolicyRule) {
	aim := func(field *string, values []string) {
		if len(values) > 0 {
			if value := pick(r, values...); value != "*" {
				*field = value
			}
		}
	}
	aim(&q.Verb, rule.Verbs)
	if len(rule.NonResourceURLs) > 0 && (len(rule.Resources) == 0 || r.chance(50)) {
		q.Path = cmp.Or(q.Path, "/metrics")
		aim(&q.Path, rule.NonResourceURLs)
		if prefix, found := strings.CutSuffix(q.Path, "*"); found && r.chance(80) {
			q.Path = prefix + pick(r, "", "v1", "ready/x")
		}
		q.Path = cmp.Or(q.Path, "/")
		return
	}
	q.Path = ""
	q.Resource = cmp.Or(q.Resource, "pods")
	aim(&q.APIGroup, rule.APIGroups)
	aim(&q.Name, rule.ResourceNames)
	if len(rule.Resources) > 0 {
		resource, subresource, found := strings.Cut(pick(r, rule.Resources...), "/")
		aim(&q.Resource, []string{resource})
		if found || r.chance(70) {
			q.Subresource = subresource
		}
	}
}
