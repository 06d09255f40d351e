/** What every container of the stack gives up (the Kubernetes "restricted" profile). */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

/** Runs a pod as one user that is not root. */
export function unprivilegedPod(uid: number) {
  return { runAsNonRoot: true, runAsUser: uid, runAsGroup: uid, fsGroup: uid, seccompProfile: { type: "RuntimeDefault" } };
}

/** Runs a pod as root, for images and volumes that leave no choice; each use says why. */
export const rootPod = { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } };
