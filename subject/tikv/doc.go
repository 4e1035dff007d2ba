// Package tikv is the subject for a TiKV cluster: stores that keep ranges of
// keys, regions, in several copies each, and a Placement Driver (PD) that knows
// where they are and moves them.
//
// It composes two clients. PD tells which stores there are, how they are, and
// what is wrong with regions; Prometheus tells how the stores work. Regions are
// never downloaded: a cluster has a million, so leaders are counted from PD's
// statistics, and what is wrong with regions comes counted and with a few
// examples. Prometheus may be left out of the configuration; what only it knows
// is then unknown.
//
// One observation is a [gathering], which the judge*.go turn into verdicts and
// document.go into the state. Callers who come in crowds share one
// ([kit.Sharing]).
package tikv
