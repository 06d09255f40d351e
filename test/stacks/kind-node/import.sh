#!/bin/sh
# Imports images into the containerd of a node's root file system, in namespaces that go with this script.
# Usage: import.sh ROOT (NAME REFERENCE ARCHIVE)…
set -eu
root=$1
shift
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount --bind /dev "$root/dev"
chroot "$root" containerd --log-level error &
containerd=$!
until chroot "$root" ctr version > /dev/null 2>&1; do kill -0 $containerd; sleep 0.1; done
ctr() { chroot "$root" ctr --namespace k8s.io "$@"; }
while [ $# -gt 0 ]; do
  ctr images import - < "$3" > /dev/null
  ctr images tag "$2" "$1" > /dev/null
  # Unpacked as they are, the layers themselves are only weight.
  for it in $(find "$root/var/lib/containerd/io.containerd.content.v1.content/blobs" -size +1M -printf 'sha256:%f '); do
    ctr content rm "$it" > /dev/null
  done
  ctr images rm --sync "$2" > /dev/null
  shift 3
done
kill $containerd
wait $containerd
