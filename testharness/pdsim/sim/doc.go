// Package sim is a model of a TiKV cluster as its Placement Driver sees it:
// stores that heartbeat or fall silent, regions with their peers and leaders,
// operators that move them, and schedulers that make operators.
//
// Nothing here knows HTTP. A [Cluster] is told what stores say with
// [Cluster.Heartbeat], and time passes when [Cluster.Step] is called: then
// leaders of silent stores are elected anew by the peers that are left, due
// operators take effect, schedulers make further ones, and a store that is being
// removed becomes a tombstone once it is empty. What PD keeps in etcd (stores,
// regions, schedulers, the configuration) is in [Cluster.Save] and survives a
// restart; what it keeps in memory (operators) does not.
//
// The rules are PD's and TiKV's, simplified: there is one leader per region as
// soon as a majority of its peers is alive; a region's trouble that was made by
// [Cluster.Trouble] stays until it is taken back, so that a test has time to
// look at it.
package sim
