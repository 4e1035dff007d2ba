// Package processfault has the faults of processes: of servers, nodes, the
// plugin, the host.
//
// Each is done to a part by its name, or to several at a time as "node-1,node-2".
// A part that something else has ended or started meanwhile (another fault, or a
// host that looks after its plugin) is left as it is.
package processfault
