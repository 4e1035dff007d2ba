// Package network puts the harness between the parts of a system, so that the
// connections between them can be hurt, and what is read through them counted.
//
// Each [Link] is a loopback address that leads to a server. Everything happens
// in this process:
//
//	client <-> link <-> Toxiproxy's toxics <-> [tap] <-> server
//
// The link accepts, refuses, breaks, holds and swallows, and counts what the
// client really got. Toxiproxy's toxics delay and throttle. On links that carry
// HTTP a tap follows, which passes everything byte for byte until a [Rule] puts
// other words in the server's place; being behind the toxics, those words are
// hurt like the server's own. Of Toxiproxy the toxics and their chains are used
// (https://github.com/Shopify/toxiproxy), not its listeners: those know no
// connection that is refused, half-open, or reset while idle.
//
// Each connection of a client is one connection to the server, which ends when
// and how the other does.
//
// Package netfault has the faults of connections, package httpfault those of
// answers.
package network
