/**
 * SHA-256 of what is downloaded, by its URL. Each group names the public list that it was read from, and a second one
 * where there is one that agrees. A download that is missing here is not pinned: it comes over TLS, and that is all.
 */
export const checksums: Readonly<Record<string, string>> = {
  // kubernetes/kops, pkg/assets/assetdata/k8s-1.36.yaml; kubelet also in kubernetes-sigs/kubespray, checksums.yml
  ...of("https://dl.k8s.io/v1.36.3/bin/linux", {
    "amd64/kube-apiserver": "1f217d397234a6d065da663c6e086fdb02c0f0de97a0758ff3e6f3956f4ef8ab",
    "amd64/kube-controller-manager": "7edfe976d5a06c7a702d653e914095f4a732a04bb2139115b6a6eba6a9b781c7",
    "amd64/kube-scheduler": "b8955d4518c902110b50a825364339b1fb673822518ce0ba081a69ed634f8eee",
    "amd64/kubelet": "46707a53209f826ad0f0d62371ac69cd00e78fd9a8176cf5f6f87f18f7f8b718",
    "amd64/kube-proxy": "f1b5eb4462df9d98751264c6256628d90fdc72ba8e9a8025d1f75674f078f254",
    "arm64/kube-apiserver": "16001b9d35d23634c361a1e2b7b0fc7abe186984af697ef7a869c8c8cded78b7",
    "arm64/kube-controller-manager": "27868a5c822824945b93f2d8a724a5dcd99affc68b47230ae766bff8795bbb84",
    "arm64/kube-scheduler": "ca1c7cd0033942bf9ef7eac80e18375d91f6f29487244c3e685f11163b01a88d",
    "arm64/kubelet": "57205a5daf5883873d87b4914e1e00bdd7707acd075714788cfb0fc1f60bc414",
    "arm64/kube-proxy": "5db204a2f79b26f676137052b45e391f6f8c93b85c85ef0a1f5d72647e3c7834",
  }),
  // sous-chefs/etcd, resources/etcd_installation_binary.rb; amd64 also in nhatminh06/pgsentry, scripts/etcd/common.sh
  ...of("https://github.com/etcd-io/etcd/releases/download/v3.7.1", {
    "etcd-v3.7.1-linux-amd64.tar.gz": "e8cd3fa8064c98137c5dbd78b76f969417ace84efb83c481041d7a52ffdd8fb9",
    "etcd-v3.7.1-linux-arm64.tar.gz": "d7e25e08f694b6ed7792fc7b7a891fe2c3f3d3dccfe2f3bfdb1547b0eb75b6da",
  }),
  // kubernetes-sigs/kubespray, checksums.yml; kubernetes/kops, pkg/assets/assetdata/containerd-2.3.yaml
  ...of("https://github.com/containerd/containerd/releases/download/v2.3.4", {
    "containerd-2.3.4-linux-amd64.tar.gz": "9d68969855fbf676cdb8ed758e420fb048d61f984f61de3e53eddfebe484d168",
    "containerd-2.3.4-linux-arm64.tar.gz": "a985fbb7e18fc0362d31a055338f5d7b0e087a3e27f14c70d1c5965399a29f95",
  }),
  // kubernetes-sigs/kubespray, checksums.yml; kubernetes/kops, pkg/assets/assetdata/runc-1.4.yaml
  ...of("https://github.com/opencontainers/runc/releases/download/v1.4.3", {
    "runc.amd64": "f6ae8efc0fa40079e1475e97cbe9d1bd3f106a28d6af78a11d9f1bd565515e60",
    "runc.arm64": "633301e2e32f8a5ad54031aab4901eb00308bec677dd15faa2751e8f9dab5ca4",
  }),
  // kubernetes-sigs/kubespray, checksums.yml; kubernetes/kops, pkg/assets/assetdata/cni-1.9.yaml
  ...of("https://github.com/containernetworking/plugins/releases/download/v1.9.1", {
    "cni-plugins-linux-amd64-v1.9.1.tgz": "b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303",
    "cni-plugins-linux-arm64-v1.9.1.tgz": "56171987d3947707c3563db2f4001bccaf50fd63468611b9f3cbecb1375ee7ec",
  }),
  // Arch Linux' user repository, coredns-bin/PKGBUILD
  ...of("https://github.com/coredns/coredns/releases/download/v1.14.6", {
    "coredns_1.14.6_linux_amd64.tgz": "4402578c8f7b95dac1d8258bfd13e7a9d30f70d7a53f396b02a6d6ca78d56152",
    "coredns_1.14.6_linux_arm64.tgz": "a99987b82977a791e232fcb828133cb645130481cc36af6e06fbf938326d2c3e",
  }),
  // DanTargaryen/VideoPlayer, scripts/hpa-experiment.sh
  ...of("https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0", {
    "metrics-server-linux-amd64": "43ee266a0cf8f5c76c5995d2a6487c4a865472860729a64324c0271a9651d7ab",
    "metrics-server-linux-arm64": "fdc7e8a27b3f509609def95e341ab03fcd2205dc70d12141326459b90b759010",
  }),
  // duyngb/nixpkgs-extra, pkgs/jaeger-bin.nix
  ...of("https://github.com/jaegertracing/jaeger/releases/download/v1.76.0", {
    "jaeger-2.13.0-linux-amd64.tar.gz": "7c628b5ddde7b5439b2b6480fb3f319310b2153592311151e4c2e2d45f6ded13",
  }),
  // cert-manager/makefile-modules, modules/tools/00_mod.mk; arm64 also in lioramilbaum/platform, component-constructor.yaml
  ...of("https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0", {
    "kind-linux-amd64": "aee6151561422756b764a4ae28e7f44cda5af5a9eead3cc9985112b1de8d8e0d",
    "kind-linux-arm64": "20022bee6cfcd5086cb7234d218e3454e6090022f2a8f55d1fa7fcf42c3867a2",
  }),
};

function of(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, sum]) => [`${folder}/${name}`, sum]));
}
