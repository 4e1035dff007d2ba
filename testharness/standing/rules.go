package standing

// rule is one rule with the function that judges a run by it.
type rule struct {
	name, summary string
	check         func(*run, *findings)
}

// rules returns the rules in the order of their numbers.
func rules() []rule {
	return []rule{
		{"returned_in_time", "Every Observe returned before its deadline.", returnedInTime},
		{"held_was_read", "No invariant was called held without having been read.", heldWasRead},
		{"nothing_resolved_while_unknown", "Nothing was resolved but by an observation that held it.", nothingResolvedWhileUnknown},
		{"faults_are_noticed", "What a fault breaks was broken or unknown in time, and for as long as the fault was there.", faultsAreNoticed},
		{"no_false_alarms", "Nothing was called broken that no fault explains.", noFalseAlarms},
		{"everything_returns", "After healing everything was held again in time, every ticket closed, and stayed so.", everythingReturns},
		{"nothing_grows", "No process kept growing, and nothing was left behind.", nothingGrows},
		{"actions_touch_their_entity", "An action changed its entity and no other, and nothing where it said so.", actionsTouchTheirEntity},
		{"every_look_is_new", "Every observation is of the time when it was asked for.", everyLookIsNew},
		{"says_what_it_declares", "Verdicts are on declared invariants, with the severity that is declared.", saysWhatItDeclares},
	}
}
