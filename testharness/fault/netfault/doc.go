// Package netfault has the faults of the connections between parts.
//
// Each is done to the links that its target matches: "operator->*" is all that
// the subject looks through, "*->node-1" is everybody's way to that node. For
// as long as the fault is there, every matching link has a toxic of package
// network; what that does to connections which exist already is said with the
// toxic's type.
//
// Some faults of the system behind a link are faults of the link: that scraping
// has stopped, so that Prometheus goes on answering with samples that get older,
// is a black_hole on "prometheus->*".
package netfault
