package demo

// Paint colours text for a terminal; its zero value leaves it plain.
type Paint bool

func (p Paint) with(code, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold is for headings.
func (p Paint) Bold(text string) string { return p.with("1", text) }

// Dim is for what matters less.
func (p Paint) Dim(text string) string { return p.with("2", text) }

// Red is for what is broken.
func (p Paint) Red(text string) string { return p.with("31", text) }

// Green is for what holds.
func (p Paint) Green(text string) string { return p.with("32", text) }

// Yellow is for what is unknown or pending.
func (p Paint) Yellow(text string) string { return p.with("33", text) }
