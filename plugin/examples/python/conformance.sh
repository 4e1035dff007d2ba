#!/bin/sh
# The spool that the plugin is tried on.
#
#   conformance.sh setup|teardown|show|fail|lock DIRECTORY
set -eu
dir=$2

# A name as hostile as a file system allows: a byte that is no UTF-8, a newline.
odd=$(printf 'bad\377\njob')

case $1 in
setup)
	rm -rf "$dir"
	mkdir -p "$dir/incoming" "$dir/failed"
	for name in one two three "$(printf 'red \033[31m')"; do
		echo work >"$dir/incoming/$name"
	done
	echo work >"$dir/incoming/old"
	touch -t 202001010000 "$dir/incoming/old"
	echo work >"$dir/failed/other"
	;;
teardown) rm -rf "$dir" ;;
fail)
	rm -f "$dir/incoming/$odd"
	echo broken >"$dir/failed/$odd"
	;;
lock) echo 4194304 >"$dir/lock" ;;
show) find "$dir" -type f | LC_ALL=C sort ;;
*)
	echo "usage: conformance.sh setup|teardown|show|fail|lock DIRECTORY" >&2
	exit 2
	;;
esac
