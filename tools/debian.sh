#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# debian.sh FOLDER [COMMAND...] - run a command (.ci/run) on what is committed here, in a Debian 12
# that has nothing but git: what this machine has beyond it cannot help. FOLDER is made with
# debootstrap when it is not there, and stays: the second run finds the packages of the first. As
# root.
set -eu
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || {
	echo 'usage: tools/debian.sh FOLDER [COMMAND...]' >&2
	exit 2
}
root=$1
shift
[ $# -gt 0 ] || set -- .ci/run

case $root in
/*) ;;
*) root=$PWD/$root ;;
esac
for command in debootstrap unshare git; do
	command -v "$command" >/dev/null || {
		echo "debian.sh: $command is not installed" >&2
		exit 1
	}
done
[ "$(id -u)" = 0 ] || {
	echo "debian.sh: only root can make and enter $root" >&2
	exit 1
}

if [ ! -f "$root/etc/debian_version" ]; then
	debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" >&2
fi
rm -rf "$root/ocre"
git -c safe.directory='*' clone -q . "$root/ocre"

# Mounts and processes of its own: both are gone with the command.
# shellcheck disable=SC2016 # the inner shells expand these
exec unshare --mount --pid --fork --kill-child sh -c '
	set -eu
	root=$1
	shift
	mount --make-rprivate /
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/dev/shm"
	exec chroot "$root" env -i HOME=/root \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		sh -c '\''cd /ocre && exec "$@"'\'' sh "$@"' sh "$root" "$@"
