#!/usr/bin/env bash
# Lays out the image's file system: the binary, the libraries it is linked with, whom it trusts, and nothing else - no shell, no
# package manager. The Containerfile and the build server run this same script.
#
#   deploy/containers/assemble.sh BINARY ROOT
#
# ROOT must not be there yet. Then it starts the binary from inside of ROOT, as the image's user, and weighs everything:
# more than LIMIT_MEGABYTES (120) is too much. Needs ldd, strip, npm, and Debian's ca-certificates.
set -euo pipefail
binary=$1 root=$2
limit=${LIMIT_MEGABYTES:-120}
here=$(cd "$(dirname "$0")" && pwd)
# The user of the image and of the photos' folder: cloudformation/files.yaml has it, too.
user=10001

fail() {
	echo "assemble.sh: $*" >&2
	exit 1
}
[ ! -e "$root" ] || fail "$root is there already"

install -D --mode 0755 "$binary" "$root/usr/bin/mendmap"
strip --strip-all "$root/usr/bin/mendmap"

# Each library where the loader looks for it, and the loader itself.
ldd "$binary" | awk '/=> \// { print $3 } $1 ~ /^\// { print $1 }' | sort -u | while IFS= read -r library; do
	install -D --mode 0755 "$(readlink -f "$library")" "$root$library"
done

install -D --mode 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
(cd "$here/database-ca" && npm ci --ignore-scripts --no-audit --no-fund --no-progress --no-update-notifier >/dev/null)
install -d "$root/etc/ssl/rds"
node "$here/database-ca/bundle.mjs" >"$root/etc/ssl/rds/global-bundle.pem"

# Names for the numbers: libraries ask who they are.
printf 'root:x:0:0::/:/sbin/nologin\nmendmap:x:%s:%s::/data:/sbin/nologin\n' "$user" "$user" >"$root/etc/passwd"
printf 'root:x:0:\nmendmap:x:%s:\n' "$user" >"$root/etc/group"
printf 'hosts: files dns\npasswd: files\ngroup: files\n' >"$root/etc/nsswitch.conf"
# The photos are mounted here; temporary files of whoever runs the image with a folder of his own.
install -d "$root/data"
install -d --mode 1777 "$root/tmp"

# Started as the image starts it: nothing of this machine is in reach.
inside() {
	if [ "$(id -u)" = 0 ]; then
		chroot --userspec="$user:$user" "$root" /usr/bin/mendmap "$@"
	elif unshare --user --map-root-user true 2>/dev/null; then
		unshare --user --map-root-user chroot "$root" /usr/bin/mendmap "$@"
	else
		# This machine lets nobody but root go inside: at least its own loader and libraries are taken.
		"$root$(ldd "$binary" | awk '$1 ~ /^\// { print $1 }')" --inhibit-cache --library-path "$(dirname "$root$(ldd "$binary" | awk '/libc\.so/ { print $3 }')")" \
			"$root/usr/bin/mendmap" "$@"
	fi
}
version=$(inside --version) || fail "the binary does not start inside of $root"
[[ $version == "mendmap "* ]] || fail "the binary says $version"
inside config >/dev/null || fail "mendmap config fails inside of $root"

megabytes=$(du --summarize --apparent-size --block-size=1000000 "$root" | cut -f1)
echo "$version: $megabytes MB of $limit"
[ "$megabytes" -le "$limit" ] || fail "$megabytes MB is more than $limit"
