package host

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// The bounds of what may be configured for a plugin's process. Less than these
// is a slip of the pen: no program would start with it.
const (
	minMemory   = 16 << 20
	minCPU      = time.Second
	maxRestarts = 1000
	minWithin   = time.Second
)

func (p *parser) boolean(path string, v *value, fallback bool) bool {
	switch v.kind {
	case kindNull:
	case kindBool:
		return v.literal == "true"
	default:
		p.bad(v, path, "want true or false, not %s", v.describe())
	}
	return fallback
}

var sum256 = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)

// sum is a checksum in lower case, empty where there is none.
func (p *parser) sum(path string, v *value) string {
	switch {
	case v.kind == kindNull:
		return ""
	// A checksum without a letter is a number to YAML.
	case v.kind != kindString && v.kind != kindNumber, !sum256.MatchString(v.text):
		p.bad(v, path, "want a SHA-256 in 64 hexadecimal digits, not %s", v.describe())
		return ""
	}
	return strings.ToLower(v.text)
}

// section calls visit for each member of an object that may be left out.
func (p *parser) section(path string, v *value, fields []string, visit func(at string, m *member) (known bool)) {
	switch v.kind {
	case kindNull:
		return
	case kindObject:
	default:
		p.bad(v, path, "want a mapping of %s, not %s", strings.Join(fields, " and "), v.describe())
		return
	}
	for _, m := range v.members {
		if at := path + "." + m.key; !visit(at, m) {
			p.unknown(at, m, fields)
		}
	}
}

// messageSize is that of the largest message, 0 where there is none.
func (p *parser) messageSize(path string, v *value) int {
	n := p.size(path, v, plugin.MaxMessageBytes)
	if n > plugin.LargestMessageBytes {
		p.bad(v, path, "want at most %dMiB, not %s", plugin.LargestMessageBytes>>20, v.describe())
		return 0
	}
	return int(n)
}

func (p *parser) limits(path string, v *value) plugin.Limits {
	var limits plugin.Limits
	p.section(path, v, []string{"memory", "cpu"}, func(at string, m *member) bool {
		switch m.key {
		case "memory":
			limits.MemoryBytes = p.size(at, m.value, minMemory)
		case "cpu":
			limits.CPUTime = p.duration(at, m.value, minCPU, 0)
		default:
			return false
		}
		return true
	})
	return limits
}

func (p *parser) restarts(path string, v *value) Restarts {
	var restarts Restarts
	p.section(path, v, []string{"max", "within"}, func(at string, m *member) bool {
		switch m.key {
		case "max":
			restarts.Max = p.count(at, m.value, 1, maxRestarts)
		case "within":
			restarts.Within = p.duration(at, m.value, minWithin, 0)
		default:
			return false
		}
		return true
	})
	return restarts
}

// count is a whole number from least to most, 0 where there is none.
func (p *parser) count(path string, v *value, least, most int) int {
	if v.kind == kindNull {
		return 0
	}
	n, err := strconv.Atoi(v.literal)
	if v.kind != kindNumber || err != nil || n < least || n > most {
		p.bad(v, path, "want a whole number from %d to %d, not %s", least, most, v.describe())
		return 0
	}
	return n
}

var sizeText = regexp.MustCompile(`^([0-9]{1,19})(|KiB|MiB|GiB)$`)

// unit is a power of two: what an "MB" would be, nobody agrees upon.
func unit(name string) uint64 {
	switch name {
	case "KiB":
		return 1 << 10
	case "MiB":
		return 1 << 20
	case "GiB":
		return 1 << 30
	default:
		return 1
	}
}

// size is a number of bytes, at least so many, 0 where there is none.
func (p *parser) size(path string, v *value, least uint64) uint64 {
	if v.kind == kindNull {
		return 0
	}
	text := v.text
	if v.kind == kindNumber {
		text = v.literal
	}
	parts := sizeText.FindStringSubmatch(text)
	if parts == nil || v.kind != kindString && v.kind != kindNumber {
		p.bad(v, path, "want a size such as 512MiB or 2GiB, or a number of bytes, not %s", v.describe())
		return 0
	}
	n, err := strconv.ParseUint(parts[1], 10, 64)
	by := unit(parts[2])
	switch {
	case err != nil || n > math.MaxInt64/by:
		p.bad(v, path, "want a size that a machine can have, not %s", v.describe())
	case n*by < least:
		p.bad(v, path, "want at least %dMiB, not %s", least>>20, v.describe())
	default:
		return n * by
	}
	return 0
}
