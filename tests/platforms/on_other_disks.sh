#!/bin/sh
# The tests of names on a disk that ignores case (exFAT). on_other_disks.sh PYTHON
# Needs exfat-fuse, exfatprogs, a loop device and /dev/fuse; a machine without them only runs what the tests imitate.
set -eu
python=$1
folder=$(mktemp -d)
loop=
clean() {
    umount "$folder/disk" 2>/dev/null || true
    test -z "$loop" || losetup -d "$loop" || true
    rm -rf "$folder"
}
trap clean EXIT
mkdir "$folder/disk"
truncate -s 64M "$folder/image"
PATH=$PATH:/usr/sbin:/sbin
if mkfs.exfat "$folder/image" >/dev/null && loop=$(losetup -f --show "$folder/image") && mount.exfat-fuse "$loop" "$folder/disk"; then
    VFSLOADER_DISK="$folder/disk" "$python" -m pytest -q tests/platforms/test_names_on_disk.py
else
    echo "exFAT cannot be mounted here: the disk that ignores case was only imitated" >&2
fi
