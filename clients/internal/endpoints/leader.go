package endpoints

import (
	"sync/atomic"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

const (
	// setAsideFor is how long a leader that did not answer from here is not
	// tried first again, whoever names it.
	setAsideFor = time.Minute
	// maxLeaderURLs bounds how many of a leader's URLs are looked at.
	maxLeaderURLs = 16
)

// lead is who leads the service, as far as it can be asked from here.
type lead struct {
	current atomic.Pointer[Endpoint]
	aside   atomic.Pointer[asideLeader]
}

type asideLeader struct {
	host  string
	until time.Time
}

// Follow takes note of the URLs that the service gave for its leader, which is
// then tried first: the configured endpoint with one of their hosts and ports,
// else the first of the URLs that is nothing but scheme, host and port. No URLs
// say that there is no leader.
//
// A leader that is not configured is a claim, and no more is staked on it than
// one try. It gets no user and password, its scheme is one that is configured
// (a claim does not lead from TLS to plain text), and its word is final only
// where it is a good answer. An injected HTTPClient is not taken there at all:
// its transport may add what is not known here. Any leader, configured or not,
// that fails a call, or is slower than another endpoint by the hedge delay, is
// set aside for a minute.
func (g *Group) Follow(urls []string) {
	var strangers []Endpoint
	for _, raw := range urls[:min(len(urls), maxLeaderURLs)] {
		e, problem := ParseAddress(raw)
		if problem != "" || e.scheme+"://"+e.host != raw || e.hostPort() != e.host {
			continue
		}
		for _, known := range g.endpoints {
			if known.sameServer(e) {
				g.lead.follow(known)
				return
			}
		}
		if g.own != nil && g.speaks(e.scheme) {
			strangers = append(strangers, e)
		}
	}
	if len(strangers) > 0 {
		g.lead.follow(strangers[0])
		return
	}
	g.lead.current.Store(nil)
}

func (g *Group) speaks(scheme string) bool {
	for _, e := range g.endpoints {
		if e.scheme == scheme {
			return true
		}
	}
	return false
}

func (l *lead) follow(e Endpoint) {
	if aside := l.aside.Load(); aside != nil && aside.host == e.host && time.Now().Before(aside.until) {
		l.current.Store(nil)
		return
	}
	l.current.Store(&e)
}

// failed sets the leader aside if it is the one that failed, and of itself: a
// call that its caller gave up says nothing about it.
func (l *lead) failed(e Endpoint, err *failure.Error) {
	if err.Class != failure.Canceled {
		l.setAside(e)
	}
}

func (l *lead) setAside(e Endpoint) {
	leader := l.current.Load()
	if leader == nil || leader.host != e.host || !l.current.CompareAndSwap(leader, nil) {
		return
	}
	l.aside.Store(&asideLeader{host: e.host, until: time.Now().Add(setAsideFor)})
}
