#!/bin/sh
# The root file system of a kind node: Debian's packages with what their scripts would have done, and kind's own files,
# laid out as kind 0.33.0's images/base/Dockerfile does it.
# Usage: root.sh ROOT PACKAGES KIND-SOURCES VERSION PAUSE-IMAGE PROGRAM…
set -eu
root=$1 packages=$2 kind=$3 version=$4 pause=$5
shift 5

mkdir -p "$root/usr"
for it in bin sbin lib lib64; do mkdir "$root/usr/$it"; ln -s "usr/$it" "$root/$it"; done
for it in "$packages"/*.deb; do dpkg-deb --fsys-tarfile "$it" | tar -x --keep-directory-symlink -C "$root"; done
for it in passwd group; do cp "$root/usr/share/base-passwd/$it.master" "$root/etc/$it"; done
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
ln -s mawk "$root/usr/bin/awk"
ln -s which.debianutils "$root/usr/bin/which"
for it in iptables ip6tables; do
  for mode in legacy nft; do
    chroot "$root" update-alternatives --quiet --install "/usr/sbin/$it" "$it" "/usr/sbin/$it-$mode" 10 \
      --slave "/usr/sbin/$it-save" "$it-save" "/usr/sbin/$it-$mode-save" \
      --slave "/usr/sbin/$it-restore" "$it-restore" "/usr/sbin/$it-$mode-restore"
  done
done

cp -R "$kind/images/base/files/." "$root"
chmod -R u+w "$root/etc" "$root/kind" "$root/usr/local"
chmod 755 "$root"/usr/local/bin/* "$root"/kind/bin/*
units=$root/lib/systemd/system
rm -f "$units/sysinit.target.wants/systemd-tmpfiles-setup.service" "$units"/multi-user.target.wants/* \
  "$root"/etc/systemd/system/*.wants/* "$units"/local-fs.target.wants/* "$units"/sockets.target.wants/*udev* \
  "$units"/sockets.target.wants/*initctl* "$units"/basic.target.wants/*
echo ReadKMsg=no >> "$root/etc/systemd/journald.conf"
chroot "$root" systemctl --quiet enable kubelet.service containerd.service undo-mount-hacks.service
chroot "$root" systemctl --quiet mask systemd-binfmt.service
mkdir -p "$root/etc/kubernetes/manifests" "$root/opt/cni" "$root/kind/manifests" "$root/etc/cni/net.d"
chroot "$root" ctr oci spec | chroot "$root" jq \
  'del(.process.rlimits) | .hooks.createContainer += [{path: "/kind/bin/mount-product-files.sh"}]' \
  > "$root/etc/containerd/cri-base.json"

# From here on not as kind does it. Debian's containerd and CNI plugins stand in other folders.
ln -s /usr/bin/containerd "$root/usr/local/bin/containerd"
ln -s /usr/lib/cni "$root/opt/cni/bin"
# Pods are not let below their node's score where the machine lacks CAP_SYS_RESOURCE.
sed -i -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' -e "s#sandbox_image = .*#sandbox_image = \"$pause\"#" \
  "$root/etc/containerd/config.toml"
for it in "$@"; do cp "$it" "$root/usr/bin/"; done
printf %s "$version" > "$root/kind/version"
# In place of kindnetd, which has one node to care for: its plugins, and a ConfigMap for kind to create.
cat > "$root/etc/cni/net.d/10-kind.conflist" <<'CNI'
{
  "cniVersion": "0.3.1",
  "name": "kind",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": true,
      "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.244.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
CNI
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: network, namespace: kube-system }\n' > "$root/kind/manifests/default-cni.yaml"
