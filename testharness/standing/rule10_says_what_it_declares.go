package standing

// saysWhatItDeclares: a verdict on what nobody declared is one that nobody can
// expect, wait for, or act on, and its ticket would never be closed. An
// observation names what it read, or it has read nothing. That its documents are
// valid in every detail is package verify's to check.
func saysWhatItDeclares(n *run, f *findings) {
	for _, o := range n.looks {
		if blind(o) {
			continue
		}
		if len(o.Observation.Sources) == 0 {
			f.on(o, "it names no source")
		}
		for _, v := range o.Observation.Violations {
			switch inv, declared := n.declared[v.Invariant]; {
			case !declared:
				f.on(o, "%s is called broken, and is no declared invariant", place(v.Invariant, ""))
			case v.Severity != inv.Severity:
				f.on(o, "%s is %.20q, and is declared as %q", place(v.Invariant, v.Entity), v.Severity, inv.Severity)
			case inv.Entity == "" && v.Entity != "":
				f.on(o, "%s is about the system as a whole, and is called broken for one entity", place(v.Invariant, v.Entity))
			}
		}
		for _, u := range o.Observation.Unchecked {
			if _, declared := n.declared[u.Invariant]; !declared {
				f.on(o, "%s is called unknown, and is no declared invariant", place(u.Invariant, ""))
			}
		}
	}
}
