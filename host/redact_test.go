package host

import (
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestRedact(t *testing.T) {
	const password = "correct-horse-battery-staple"
	cases := map[string]struct {
		reason, in string
		secret     string
		own        bool
		want       string
	}{
		"whole":      {"as it is", "bad: " + password + "!", password, false, "bad: ${S}!"},
		"cut":        {"messages cut what they quote", `"correct-horse-ba"... (28 bytes)`, password, false, `"${S}"... (28 bytes)`},
		"escaped":    {"as Go quotes it", `"new\nline-in-secret"`, "new\nline-in-secret", false, `"${S}"`},
		"in a URL":   {"the password of a URL is one too", "AUTH pa55word failed", "redis://user:pa55word@host/0", false, "AUTH ${S} failed"},
		"url-quoted": {"as a URL has it", "?q=p%40ss+w%C3%B6rd", "p@ss wörd", false, "?q=${S}"},
		"short":      {"a short value is a word that may be anywhere", "want 1 to 100, not 12", "12", false, "want 1 to 100, not 12"},
		"short own":  {"but not in what is about itself", "want 1 to 100, not 42", "42", true, "want 1 to 100, not ${S}"},
		"unrelated":  {"a scheme is no secret", "want https:// in front", "https://internal.example/very-secret", false, "want https:// in front"},
		"twice":      {"every time", password + " " + password, password, false, "${S} ${S}"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := redact(c.in, []secret{{"S", c.secret}}, c.own); got != c.want {
				t.Errorf("%s: got %q, want %q", c.reason, got, c.want)
			}
		})
	}
}

func TestExplainPlacesFields(t *testing.T) {
	config, wrong := parse(t, `
subjects:
  a:
    plugin: x
    config:
      redis:
        url: ${URL}
        pool: ${POOL}
      urls:
        - http://a
        - ${SECOND}
`, "URL=redis://:verysecretpassword@h", "POOL=99", "SECOND=ftp://hidden.example/")
	if wrong != "" {
		t.Fatal(wrong)
	}
	err := config.Subjects[0].explain(&protocol.Error{
		Code: protocol.InvalidArgument, Message: "open", Fields: []protocol.FieldError{
			{Path: "urls[1]", Message: `"ftp://hidden.example/" is no URL`},
			{Path: "redis.url", Message: `cannot use "redis://:verysecretpass"...`},
			{Path: "redis.pool", Message: "want a string, not 99"},
			{Path: "redis.timeout.connect", Message: "is required \x1b[31m"},
			{Path: "", Message: "something is missing"},
		},
	})
	want := `the configuration has 5 problems:
  operator.yaml:5:5: subjects.a.config: something is missing
  operator.yaml:6:7: subjects.a.config.redis.timeout.connect: is required \x1b[31m
  operator.yaml:7:9: subjects.a.config.redis.url: cannot use "${URL}"...
  operator.yaml:8:9: subjects.a.config.redis.pool: want a string, not ${POOL}; unquoted, ${POOL} is read as a number or a boolean: put it in quotes if it is text
  operator.yaml:11:11: subjects.a.config.urls[1]: "${SECOND}" is no URL`
	if got := err.Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if protocol.CodeOf(err) != protocol.InvalidArgument {
		t.Errorf("the code is %s", protocol.CodeOf(err))
	}
	other := config.Subjects[0].explain(protocol.Errorf(protocol.Unavailable, "dial redis://:verysecretpassword@h"))
	if strings.Contains(other.Error(), "verysecret") || protocol.CodeOf(other) != protocol.Unavailable {
		t.Errorf("another error: %v", other)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"timeout", "interval", "reset_counter", "update_limit"}
	for typed, want := range map[string]string{
		"timout": "timeout", "tiemout": "timeout", "reset_conter": "reset_counter", "resetcounter": "reset_counter", "xyz": "", "": "",
	} {
		if got, _ := Nearest(typed, names); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}
