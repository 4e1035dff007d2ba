package report

import (
	"fmt"
	"io"
	"path/filepath"
)

// A Format is how a report is written.
type Format string

// The formats.
const (
	Text  Format = "text"
	JUnit Format = "junit"
	JSON  Format = "json"
	HTML  Format = "html"
)

// Formats are all of them; the first is the default.
func Formats() []Format { return []Format{Text, JUnit, JSON, HTML} }

// FormatOf is the format of a file by the end of its name: .txt, .xml, .json or
// .html.
func FormatOf(name string) (Format, error) {
	switch filepath.Ext(name) {
	case ".txt":
		return Text, nil
	case ".xml":
		return JUnit, nil
	case ".json":
		return JSON, nil
	case ".html":
		return HTML, nil
	}
	return "", fmt.Errorf("a report cannot be written into %s: its name must end in .txt, .xml (JUnit), .json or .html", line(name, maxName))
}

// Options say what [Text] is for; the other formats have none.
type Options struct {
	// Color allows ANSI colours. No meaning is in them alone.
	Color bool
	// Width is the number of columns to fit the table into, 0 for no limit.
	Width int
}

// Write writes the report in a format.
func (r Report) Write(w io.Writer, f Format, o Options) error {
	var err error
	switch f {
	case Text:
		err = writeText(w, r, o)
	case JUnit:
		err = writeJUnit(w, r)
	case JSON:
		err = writeJSON(w, r)
	case HTML:
		err = writeHTML(w, r)
	default:
		return fmt.Errorf("there is no format %s for a report", line(string(f), maxName))
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
