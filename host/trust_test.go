package host

import (
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestTrustOfAnEntryWithoutAFile(t *testing.T) {
	cases := map[string]struct {
		reason string
		entry  Entry
		want   Trust
	}{
		"none":     {"a checksum must be given", Entry{Name: "a"}, TrustUnpinned},
		"pinned":   {"one is", Entry{Name: "a", SHA256: sumA}, TrustPinned},
		"insecure": {"or none is wanted", Entry{Name: "a", Insecure: true}, TrustInsecure},
		"both":     {"one need not be removed for a while of development", Entry{Name: "a", SHA256: sumA, Insecure: true}, TrustInsecure},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := c.entry.CheckTrust()
			if c.entry.Trust() != c.want || (err == nil) != (c.want != TrustUnpinned) {
				t.Errorf("%s: %s, %v", c.reason, c.entry.Trust(), err)
			}
			if err != nil && (protocol.CodeOf(err) != protocol.PermissionDenied || !strings.Contains(err.Error(), "set the entry's SHA256")) {
				t.Errorf("%s: %v", c.reason, err)
			}
		})
	}
}

// A merge can leave two checksums for one subject: none of them counts.
func TestASubjectTwiceInTheLockFile(t *testing.T) {
	entry := "  a: {plugin: ./a, sha256: {" + Platform() + ": " + sumA + "}}\n"
	f := newFolder(t, "subjects: {a: {plugin: ./a}}")
	f.write("operator.lock.yaml", "version: 1\nsubjects:\n"+entry+entry)
	got := f.read().Subjects[0]
	if got.Trust() != TrustUnpinned || !strings.Contains(got.CheckTrust().Error(), f.lock+":4:3: subjects.a: is here twice") {
		t.Errorf("%s, %v", got.Trust(), got.CheckTrust())
	}
}

// A checksum is no secret, and useless in an error where it is not shown.
func TestAChecksumFromTheEnvironmentIsShown(t *testing.T) {
	config, wrong := parse(t, "subjects: {a: {plugin: x, sha256: \"${SUM}\", config: {password: \"${PASSWORD}\"}}}", "SUM="+sumA, "PASSWORD=correct-horse-battery")
	if wrong != "" {
		t.Fatal(wrong)
	}
	err := config.Subjects[0].explain(protocol.Errorf(protocol.PermissionDenied, "want %s, not correct-horse-battery", sumA))
	if want := "want " + sumA + ", not ${PASSWORD}"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
