#!/bin/sh
# boot.sh ROOT LOG: starts the systemd of a Debian root as PID 1 of namespaces of its own: processes, mounts, names, network (loopback
# alone), control groups. Ends when it does. For root; nothing of the system outside is changed but a control group
# devflow-check, which life.py takes away.
set -eu
root=$1 log=$2

if [ "${3-}" != inside ]; then
    # shellcheck disable=SC2016 # for the inner shell
    exec unshare --mount --propagation private sh -eu -c '
        mount -t cgroup2 cgroup2 /mnt
        mkdir -p /mnt/devflow-check
        echo $$ >/mnt/devflow-check/cgroup.procs
        umount /mnt
        exec unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup sh "$0" "$1" "$2" inside' "$0" "$root" "$log"
fi

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom tty; do
    : >"$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
hostname devflow-check
exec >"$log" 2>&1 </dev/null
cd "$root"
pivot_root . mnt
umount -l /mnt
# As systemd does where it is not in a container: a service's credentials come by propagation.
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=console --show-status=1
