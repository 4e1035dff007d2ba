// Package tikv is TiKV as a system that scenarios are played on: a cluster of
// package tikvcluster with the harness on every connection, and the faults that
// only TiKV can have.
//
// Its parts are "pd", "tikv-1" and so on, and "prometheus". Its links are
// "operator->pd" and "operator->prometheus", "tikv-N->pd" for the heartbeats of
// each store, and "prometheus->tikv-N" for its scrapes. Entities are store IDs
// for what is about stores, and names of PD's region checks for
// under_replicated.
package tikv
