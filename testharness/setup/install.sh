#!/bin/sh
# Makes sure that the real servers the demo and the tests run on are here:
# redis-server and prometheus. Looks first in $REDIS_SERVER and $PROMETHEUS, then
# in PATH; installs what is missing with apt-get or brew, saying so first, and
# starts no system service. With --with-compiler also a C compiler, which Go's
# race detector needs on Linux.
set -eu

say() { printf '%s\n' "$*" >&2; }

# have VARIABLE COMMAND: is the server named by the variable, or in PATH?
have() {
	eval "named=\${$1:-}"
	if [ -n "$named" ]; then
		command -v "$named" >/dev/null 2>&1 && return 0
		say "$1=$named cannot be run; set it to the path of $2, or unset it"
		exit 1
	fi
	command -v "$2" >/dev/null 2>&1
}

packages=
have REDIS_SERVER redis-server || packages="redis"
have PROMETHEUS prometheus || packages="$packages prometheus"
if [ "${1:-}" = --with-compiler ] && [ "$(uname -s)" = Linux ]; then
	command -v "${CC:-gcc}" >/dev/null 2>&1 || packages="$packages gcc"
fi
[ -n "$packages" ] || exit 0

if command -v brew >/dev/null 2>&1 && ! command -v apt-get >/dev/null 2>&1; then
	say "Installing $packages with brew (no service is started)"
	# shellcheck disable=SC2086 # a list of words on purpose
	exec brew install --quiet $packages
fi
if ! command -v apt-get >/dev/null 2>&1; then
	say "Missing: $packages. Neither apt-get nor brew is here; install them, or set REDIS_SERVER and PROMETHEUS to their paths"
	exit 1
fi

debian=
for package in $packages; do
	case $package in
	redis) debian="$debian redis-server" ;;
	gcc) debian="$debian gcc libc6-dev" ;;
	*) debian="$debian $package" ;;
	esac
done
sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=sudo
	command -v sudo >/dev/null 2>&1 || { say "Missing:$debian. Run as root: apt-get install$debian"; exit 1; }
fi
say "Installing$debian with ${sudo:+sudo }apt-get (their system services are neither started nor enabled)"

# Debian's packages start their service when they are installed, unless
# policy-rc.d forbids it (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
policy=/usr/sbin/policy-rc.d
ours=
log=
cleanup() {
	[ -z "$ours" ] || $sudo rm -f "$policy"
	[ -z "$log" ] || rm -f "$log"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ ! -e "$policy" ]; then
	ours=yes
	printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
	$sudo chmod 755 "$policy"
fi

log=$(mktemp)
run() {
	"$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; say "failed: $*"; exit 1; }
}
run $sudo apt-get -q update
# shellcheck disable=SC2086 # a list of words on purpose
run $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends $debian

if command -v systemctl >/dev/null 2>&1; then
	for package in redis-server prometheus; do
		case " $debian " in *" $package "*) ;; *) continue ;; esac
		$sudo systemctl disable --quiet "$package" >/dev/null 2>&1 || :
	done
fi
