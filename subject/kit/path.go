package kit

import (
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// pathOf renders where in a document something is. The document tells an item's
// number from a field that is called by a number.
func pathOf(doc any, location []string) string {
	path, at := "", doc
	for _, token := range location {
		items, isList := at.([]any)
		i, err := strconv.Atoi(token)
		if isList && err == nil && i >= 0 && i < len(items) {
			path, at = index(path, i), items[i]
			continue
		}
		fields, _ := at.(map[string]any)
		path, at = join(path, token), fields[token]
	}
	return path
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// join appends a field's name, which whoever wrote the document may have made
// up: what is not plainly a name is quoted.
func join(path, name string) string {
	if !plainName(name) {
		name = failure.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func plainName(name string) bool {
	return name != "" && len(name) <= protocol.MaxNameLen && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
