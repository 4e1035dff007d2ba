package network

import (
	"fmt"
	"net"
	"strings"
)

// arrow stands between the two sides in a link's name.
const arrow = "->"

func validName(field, name string) error {
	if name == "" || strings.Contains(name, arrow) || strings.ContainsAny(name, "*, ") {
		return fmt.Errorf("%s: %q is no name of a part: it needs at least one letter, and no \"->\", \"*\", comma or space", field, name)
	}
	return nil
}

func validUpstream(upstream string) error {
	if upstream == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(upstream); err != nil {
		return fmt.Errorf("upstream: %q is not host:port: %w", upstream, err)
	}
	return nil
}

// Matches tells whether a link's name matches a pattern as faults name their
// targets: "FROM->TO", where "*" in either side stands for any letters, so that
// "*->node-1", "node-*->redis" and "*->*" are patterns; or several of them with
// commas between, of which one has to match.
func Matches(pattern, name string) bool {
	from, to, linked := strings.Cut(name, arrow)
	if !linked {
		return false
	}
	for one := range strings.SplitSeq(pattern, ",") {
		patternFrom, patternTo, ok := strings.Cut(strings.TrimSpace(one), arrow)
		if ok && matches(patternFrom, from) && matches(patternTo, to) {
			return true
		}
	}
	return false
}

func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return strings.HasSuffix(name, last)
}
