package main

import (
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// jobs are the runs to be made. Repeats of one scenario are far from each other,
// so that a result of everything comes early.
func (p play) jobs(progress *scenarioProgress) []scenario.Job {
	options := scenario.Options{
		Systems:      p.harness().systems,
		EvidenceDir:  p.flags.evidence,
		KeepEvidence: p.flags.keep,
		OperatorPath: operatorPath(),
		Progress:     progress.happened,
		Log:          p.log(p.cmd, progress),
	}
	if p.bug != nil {
		options.Wrap = p.bug.Wrap
	}
	wanted, _ := p.flags.transports() // it was checked
	var jobs []scenario.Job
	for repeat := range p.flags.repeat {
		for _, sc := range p.list {
			for _, t := range transportsOf(sc, wanted) {
				o := options
				o.Transport, o.Repeat, o.Seed = t, repeat+1, p.flags.seed+uint64(repeat)
				jobs = append(jobs, scenario.Job{Scenario: sc, Options: o})
			}
		}
	}
	return jobs
}

// transportsOf are those of the wanted transports that a scenario makes sense on;
// if none is wanted the binary where that does, else its first.
func transportsOf(sc scenario.Scenario, wanted []scenario.Transport) []scenario.Transport {
	if wanted == nil {
		if !sc.On(scenario.Binary) {
			return sc.Transports[:1]
		}
		wanted = []scenario.Transport{scenario.Binary}
	}
	var list []scenario.Transport
	for _, t := range wanted {
		if sc.On(t) {
			list = append(list, t)
		}
	}
	return list
}

// shellLine is a command line as a shell reads it.
func shellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if w == "" || strings.ContainsFunc(w, needsQuote) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

func needsQuote(r rune) bool {
	plain := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=@,+%", r)
	return !plain
}
