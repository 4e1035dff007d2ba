// Package kit is what kinds of faults are made of: reading parameters, finding
// what a fault is done to, and doing the same to several.
package kit
