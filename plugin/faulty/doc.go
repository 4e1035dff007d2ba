// Package faulty has no code but its tests, which try the boundary with plugins
// that are faulty or mean to harm: every fault is a mode of the one test binary,
// which starts itself again as the plugin, or as a host that is to be measured
// or killed.
//
// The tests look at processes, descriptors and resident memory, and so are for
// Linux. How much they do of what takes long the build tag endurance decides:
// see sizes_test.go, and make endurance.
package faulty
