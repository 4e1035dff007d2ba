package kit

import "fmt"

// Secret is text that shows itself to nobody but the JSON decoder: a password
// in a configuration. Packages fmt, encoding/json and log/slog show "<secret>";
// string(s) is the text. Three things are not for it, as they never ask a
// value how to show it: unexported fields that are printed, keys of maps, and
// the verbs %p and %w, which vet refuses.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "<secret>"
}

// Format hides the secret whatever the verb: without it fmt would show the text
// in complaining about a wrong one.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the secret.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}
