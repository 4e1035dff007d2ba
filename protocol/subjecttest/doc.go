// Package subjecttest is the conformance suite: every promise that package
// protocol makes for a subject, as a named check which any subject has to pass,
// whoever wrote it and in whatever language.
//
// # Using it
//
// A subject's author gives the suite a running system, one that is down, and an
// example for each action:
//
//	func TestConformance(t *testing.T) {
//		system := startSystem(t)
//		subjecttest.Test(t, subjecttest.Suite{
//			Start:  subjecttest.InProcess(orders.Definition()),
//			Config: configOf(system.URL),
//			Down:   configOf("http://127.0.0.1:1"),
//			Actions: map[string]subjecttest.Example{
//				"retry_order": {
//					Params: json.RawMessage(`{"order": "17"}`),
//					Before: func(ctx context.Context) error { return system.Fail(ctx, "17") },
//				},
//			},
//			Probe: func(ctx context.Context) (string, error) { return system.Dump(ctx) },
//		})
//	}
//
// The same suite tries a subject in this process, with [InProcess], over gRPC
// in memory, or in the process of a plugin: only Start differs, and a
// *plugin.Plugin is an [Instance]. [Run] is for programs that are no Go tests,
// such as the command "operator conformance".
//
// # What is tried
//
// The checks are data: [Checks] lists them, each with the promise that it is
// about. They come in groups: describe, of the Definition; configure, of Open;
// observe and act, of the Subject's methods; close; and errors, of every error
// that was seen. Wrong configurations and parameters are derived from the
// schemas, by taking away, adding and changing one field after another of the
// valid ones; the suite's author can add to them.
//
// # Results
//
// What a subject does not declare, such as actions or an io.Closer, is not
// applicable, and the result says why. What it declares and the suite cannot
// try, for want of an example or of a configuration, is a failure that says
// what to give: a suite with holes would prove little.
//
// Every call into the subject is bounded and contained. One that panics fails
// its check, and so does one that has not returned [Suite.Slack] after the end
// of its context; then the suite goes on. A call that never returns cannot be
// ended by anything in the same process: its goroutine is left behind, and what
// it holds with it. Run a subject that hangs as a plugin, whose process can be
// ended.
//
// # What is not tried
//
// What a guide is worth, whether an action cures what it says it repairs, and
// whether the verdicts on a running system are right, only a test knows that
// can break the system. Nor can the suite make a system take a request and then
// not answer, so of the effects of a failed action it mostly sees "not applied".
package subjecttest
