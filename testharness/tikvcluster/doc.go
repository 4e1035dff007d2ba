// Package tikvcluster is a TiKV cluster on this machine, or what the operator
// can see of one: a pdsim in PD's place, store processes that heartbeat to it
// and export TiKV's metrics, and a real Prometheus that scrapes them every
// second. All of them are processes of their own on free loopback ports.
//
// [Start] returns when all of it works: every store is Up, and Prometheus has
// scraped each of them twice, so that rates exist. From then on every part can
// be hurt and mended by itself ([Server.Kill], [Server.Hang], [Server.Resume],
// [Server.Restart]), [Store.Behave] makes a store slow or full, and
// [Cluster.Trouble] gives a region what happens to regions. [Cluster.Close] ends
// all of it, and what a killed test cannot close, packages process and scratch
// do.
//
//	c := tikvcluster.New(t, tikvcluster.Options{Programs: programs})
//	err := c.Store(1).Kill() // it is Disconnected a few seconds later
//
// Times are a tenth of production's and less, see [Options]. PD is one process:
// how clients fail over between several is for fakes to show.
package tikvcluster
