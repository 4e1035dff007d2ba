package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// dumpBound is how long the stack may take to write down what it holds.
const dumpBound = 20 * time.Second

// dump has the stack write down what it holds, into a folder of the evidence.
func (r *run) dump(ctx context.Context, name string) {
	if r.folder == nil || r.stack == nil {
		return
	}
	path, done, err := r.folder.sub(name)
	if err == nil {
		err = guardedCall(context.WithoutCancel(ctx), "writing down what the system holds", dumpBound, func(ctx context.Context) error {
			return r.stack.WriteEvidence(ctx, path)
		})
		err = errors.Join(err, done())
	}
	if err != nil {
		r.log.Warn("what the system holds is not known completely", "error", err)
		_ = r.folder.write(filepath.Join(name, "error.txt"), []byte(failure.Line(err.Error())+"\n")) // it is a remark only
	}
}

// keep writes the evidence of a run that is over.
func (r *run) keep(result Result) error {
	var errs []error
	write := func(name string, data []byte, err error) {
		errs = append(errs, err)
		if err == nil {
			errs = append(errs, r.folder.write(name, data))
		}
	}
	doc, err := Marshal(r.sc)
	write("scenario.yaml", doc, err)
	doc, err = indented(result)
	write("result.json", doc, err)
	doc, err = indented(result.Record)
	write("record.json", doc, err)
	write("seed.txt", []byte(strconv.FormatUint(r.o.Seed, 10)+"\n"), nil)
	doc, err = indented(versions())
	write("versions.json", doc, err)
	write("timeline.txt", timeline(result), nil)
	doc, err = lines(result)
	write("timeline.ndjson", doc, err)
	for _, e := range result.Record.Events {
		if o := e.Observation; o != nil {
			doc, err = indented(o)
			write(filepath.Join("observations", fmt.Sprintf("%04d.json", o.Number)), doc, err)
		}
	}
	for name, log := range r.watched.logs {
		write(filepath.Join("logs", fileName(name)+".log"), []byte(log), nil)
	}
	if stacks := r.stacks(); len(stacks) > 0 {
		write("goroutines.txt", stacks, nil)
	}
	r.folder.mu.Lock()
	omitted := strings.Join(r.folder.omitted, "\n")
	r.folder.mu.Unlock()
	if omitted != "" {
		write("OMITTED.txt", []byte(omitted+"\n"), nil)
	}
	return errors.Join(errs...)
}

func indented(v any) ([]byte, error) {
	doc, err := json.MarshalIndent(v, "", "  ")
	return append(doc, '\n'), err
}

// lines are the events, each a line of JSON.
func lines(result Result) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, e := range result.Record.Events {
		if err := enc.Encode(e); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// stacks are those of what hung, or panicked, nil if nothing did. r.mu is held.
func (r *run) stacks() []byte {
	var b bytes.Buffer
	for _, err := range r.errs {
		if panicked, ok := errors.AsType[*panicError](err); ok {
			fmt.Fprintf(&b, "%s\n\n%s\n", panicked, panicked.stack)
		}
	}
	for _, err := range r.errs {
		if hung, ok := errors.AsType[*hangError](err); ok {
			fmt.Fprintf(&b, "%s\n\n%s\n", hung, hung.stacks)
		}
	}
	return b.Bytes()
}

// fileName makes a file's name of a part's.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}
