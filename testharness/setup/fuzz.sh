#!/bin/bash
# Runs every fuzz target for a while, one after the other, and fails if one finds
# something. What was found is then a file in that package's testdata/fuzz, which
# belongs in the repository together with the fix: from there on it is a test.
#
#   testharness/setup/fuzz.sh [PACKAGE]...   the packages, ./... if none is named
#
#   FUZZTIME=30s   for how long each target runs, or as often as 1000x
#   FUZZ=^Fuzz     the targets' names, as a regular expression
#   GO=go          the go command
set -euo pipefail
cd "$(dirname "$0")/../.."

go=${GO:-go}
time=${FUZZTIME:-30s}
names=${FUZZ:-^Fuzz}
[ $# -gt 0 ] || set -- ./...

# Listing compiles a package's tests: only those that have targets at all.
files='{{$d := .Dir}}{{range .TestGoFiles}}{{$d}}/{{.}} {{end}}{{range .XTestGoFiles}}{{$d}}/{{.}} {{end}}'
packages=()
while read -r package tests; do
	# shellcheck disable=SC2086 # a list of files
	if [ -n "$tests" ] && grep -qs '^func Fuzz' $tests; then
		packages+=("$package")
	fi
done < <("$go" list -f "{{.ImportPath}} $files" "$@")

module=$("$go" list -m)
ran=0
failed=0
for package in ${packages[@]+"${packages[@]}"}; do
	listed=$("$go" test -list "$names" "$package") || {
		printf '%s\n' "$listed"
		exit 1
	}
	for target in $(grep '^Fuzz' <<<"$listed" || true); do
		ran=$((ran + 1))
		status=0
		# Without -run the package's other tests would run first, each time. What is
		# interesting is shortened by trying a few times, not for a minute.
		said=$("$go" test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 200x -parallel 2 2>&1) || status=$?
		executions=$(sed -n 's/.* execs: \([0-9]*\) .*/\1/p' <<<"$said" | tail -n 1)
		# When the time is over in the middle of an execution, Go at times calls that
		# a failure; of a finding it says where it has written it.
		if [ "$status" -ne 0 ] && grep -q 'context deadline exceeded' <<<"$said" && ! grep -qE 'Failing input|failure while testing|panic:|hung or terminated' <<<"$said"; then
			status=0
		fi
		# A short time may not suffice for more than what is known already.
		grep -q 'gathering baseline coverage' <<<"$said" || status=1
		printf '%-60s %10s executions%s\n' "${package#"$module"/} $target" "${executions:-0}" "$([ "$status" -eq 0 ] || echo ' FAILED')"
		if [ "$status" -ne 0 ]; then
			failed=$((failed + 1))
			grep -v '^fuzz: elapsed' <<<"$said" | head -n 100 | sed 's/^/    /' || true
		fi
	done
done
if [ "$ran" -eq 0 ]; then
	echo "there is no fuzz target named $names in $*" >&2
	exit 1
fi
if [ "$failed" -gt 0 ]; then
	echo "$failed of $ran fuzz targets have found something: see testdata/fuzz of each" >&2
	exit 1
fi
