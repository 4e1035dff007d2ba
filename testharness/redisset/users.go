package redisset

import (
	"crypto/rand"
	"strings"
)

// The names of the users.
const (
	// NodeUser is the limiter's nodes'.
	NodeUser = "node"
	// SubjectUser is the subject's.
	SubjectUser = "operator"
	// AdminUser is ours.
	AdminUser = "harness"
)

// User is a user of Redis's access control lists
// (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/).
type User struct {
	Name string
	// Password is the one that it logs in with.
	Password string
	// Permissions are rules of ACL SETUSER: which keys, which commands.
	Permissions []string
}

// Rules are what ACL SETUSER makes exactly this user of, whatever it was before.
func (u User) Rules() []string {
	return append([]string{"reset", "on", ">" + u.Password}, u.Permissions...)
}

// line is the user as a line of redis.conf.
func (u User) line() string {
	return "user " + u.Name + " on >" + u.Password + " " + strings.Join(u.Permissions, " ")
}

// newUsers makes the users, with new passwords.
func newUsers() map[string]User {
	// What a client asks a server about itself and its neighbours.
	around := []string{
		"+info", "+role", "+time", "+cluster|slots", "+cluster|shards", "+cluster|nodes",
		"+cluster|info", "+cluster|keyslot", "+cluster|myid", "+readonly", "+readwrite", "+asking",
	}
	// A rule that "reset" sets, so that a user that was reset is as it was made.
	const whole = "sanitize-payload"
	users := map[string]User{}
	for name, permissions := range map[string][]string{
		AdminUser:   {whole, "~*", "&*", "+@all"},
		NodeUser:    append([]string{whole, "~ratelimit:*", "~ratelimiter:*", "+@all", "-@admin", "-@dangerous"}, around...),
		SubjectUser: append([]string{whole, "~*", "-@all", "+@read", "+@connection", "-@dangerous"}, around...),
	} {
		users[name] = User{Name: name, Password: rand.Text(), Permissions: permissions}
	}
	return users
}
