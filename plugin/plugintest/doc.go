// Package plugintest runs the conformance suite of package subjecttest across
// the process boundary: over in-memory gRPC, and against a plugin's binary,
// with the checks that only a process can fail.
//
// What a suite needs to know of a subject is the same every way; Start differs:
//
//	subjecttest.Test(t, suite(subjecttest.InProcess(definition)))
//	subjecttest.Test(t, suite(plugintest.InMemory(definition)))
//
//	binary := suite(plugintest.Binary(opts))
//	binary.Extra = plugintest.ProcessChecks(opts)
//	subjecttest.Test(t, binary)
//
// Some of the process checks need a host that can be killed, or a program
// between the host and the plugin. That is this very executable, started again,
// so one that uses [ProcessChecks] has to call [BecomeHost] first:
//
//	func TestMain(m *testing.M) {
//		plugintest.BecomeHost()
//		os.Exit(m.Run())
//	}
package plugintest
