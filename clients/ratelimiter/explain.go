package ratelimiter

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

const (
	// longKey is the size in bytes of an escaped key from which on the request
	// line may be what a server objects to: common bounds are 4 and 8 KiB.
	longKey = 2 << 10
	// maxFaults bounds how many of a 422's faults are repeated.
	maxFaults = 8
)

// explainRefusal tells what an answer with an unwanted status says, and before
// that, where the key in the path is the likely reason, says so.
func explainRefusal(what call, resp httpapi.Response) string {
	said := whatItSaid(resp)
	if why := unroutable(what.key, resp.Status); why != "" {
		return why + ": " + said
	}
	return said
}

// explainSilence adds to a connection that broke under a long key that the key
// may be the reason: servers close on a request line over their bound, and the
// answer that says so is lost if it crosses the rest of the line.
func explainSilence(what call, err *failure.Error) *failure.Error {
	if err.Class == failure.Unreachable && err.Sent && len(PathOf(what.key)) >= longKey {
		explained := *err
		explained.Detail += fmt.Sprintf("; the service may not route a key of %d bytes", len(what.key))
		return &explained
	}
	return err
}

// unroutable tells why a service that answers status may not have found the
// call for key, or "".
func unroutable(key string, status int) string {
	if key == "" {
		return ""
	}
	switch status {
	case http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return tooLong(key)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		if len(PathOf(key)) >= longKey {
			return tooLong(key)
		}
		return ""
	case http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		switch {
		case key == "." || key == "..":
			return fmt.Sprintf("the service, or a proxy before it, does not route the key %q: it takes it for a step in the path", key)
		case strings.Contains(key, "/"):
			return `the service, or a proxy before it, does not route keys with "/"`
		}
	}
	return ""
}

func tooLong(key string) string {
	return fmt.Sprintf("the service does not route a key of %d bytes", len(key))
}

// whatItSaid renders the answer's own explanation: the detail of a FastAPI
// error, else the answer as it is.
func whatItSaid(resp httpapi.Response) string {
	var wire struct {
		Detail json.RawMessage `json:"detail"`
	}
	if resp.Status >= http.StatusBadRequest && json.Unmarshal(resp.Body, &wire) == nil && len(wire.Detail) > 0 {
		if said := faults(wire.Detail); said != "" {
			return said
		}
	}
	return httpapi.Said(resp)
}

// faults renders FastAPI's detail: a text, or a list of what is wrong where.
func faults(detail json.RawMessage) string {
	var text string
	if json.Unmarshal(detail, &text) == nil && text != "" {
		return failure.Quote(text)
	}
	var list []struct {
		Loc []any  `json:"loc"`
		Msg string `json:"msg"`
	}
	if json.Unmarshal(detail, &list) != nil || len(list) == 0 {
		return ""
	}
	said := make([]string, 0, maxFaults+1)
	for _, fault := range list[:min(len(list), maxFaults)] {
		where := make([]string, 0, maxFaults)
		for _, step := range fault.Loc[:min(len(fault.Loc), maxFaults)] {
			where = append(where, fmt.Sprint(step))
		}
		said = append(said, failure.Line(strings.Join(where, "."))+": "+failure.Line(fault.Msg))
	}
	if more := len(list) - len(said); more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(said, "; ")
}
