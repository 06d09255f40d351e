import { diffProperties } from "../rpc/diff";
import { revealMap, type PropertyMap, UNKNOWN } from "../rpc/properties";
import type { DiffResult } from "../rpc/provider";
import { isAutonamed } from "./identity";
import { at, groupOf, textAt } from "./objects";
import { needsReplacement } from "./replacement";
import { withEncodedData } from "./secret-data";
import type { ProviderSettings } from "./settings";

/** What changing an object from these inputs to those means. */
export function diffObjects(
  keptInputs: PropertyMap,
  newInputs: PropertyMap,
  settings: Pick<ProviderSettings, "enableConfigMapMutable" | "enableSecretMutable">,
): DiffResult {
  // What an earlier version kept: the same data in other words is no change.
  const oldInputs = withEncodedData(keptInputs);
  const changes = diffProperties(oldInputs, newInputs)
    .filter(({ path }) => path.join() !== "apiVersion" || movesGroup(oldInputs, newInputs))
    .map((change) => ({
      ...change,
      replace: change.path[0] === "apiVersion" || needsReplacement(change.path, oldInputs, settings),
    }));
  const replace = changes.some((change) => change.replace);
  return { changes, deleteBeforeReplace: replace && !isAutonamed(newInputs) && samePlace(oldInputs, newInputs) };
}

/** The versions of one group show the same object. */
function movesGroup(oldInputs: PropertyMap, newInputs: PropertyMap): boolean {
  return groupOf(textAt(oldInputs, "apiVersion") ?? "") !== groupOf(textAt(newInputs, "apiVersion") ?? "");
}

function samePlace(oldInputs: PropertyMap, newInputs: PropertyMap): boolean {
  return (["kind", "metadata.name", "metadata.namespace"] as const).every(
    (field) => at(oldInputs, ...field.split(".")) === at(newInputs, ...field.split(".")),
  );
}

/**
 * What a change of the provider's own configuration means. With a `clusterIdentifier` that stays, none replaces
 * anything: a cluster's address and certificates may change under it. Without one, another cluster in the kubeconfig
 * means other objects (the official provider's rule).
 */
export function diffSettings(
  oldConfig: PropertyMap,
  newConfig: PropertyMap,
  serverOf: (config: PropertyMap) => string | undefined,
): DiffResult {
  const [oldPlain, newPlain] = [revealMap(oldConfig), revealMap(newConfig)];
  const [oldIdentifier, newIdentifier] = [textAt(oldPlain, "clusterIdentifier"), textAt(newPlain, "clusterIdentifier")];
  const replaces = (key: string): boolean => {
    // Not known yet, in a preview: a cluster that is only started again keeps its identifier.
    if (newIdentifier === UNKNOWN) return false;
    if (newIdentifier !== undefined && oldIdentifier === newIdentifier) return false;
    if (key === "clusterIdentifier") return oldIdentifier !== undefined && newIdentifier !== undefined;
    if (!["kubeconfig", "context", "cluster"].includes(key)) return false;
    const [oldServer, newServer] = [serverOf(oldPlain), serverOf(newPlain)];
    return newServer === undefined || (oldServer !== undefined && oldServer !== newServer);
  };
  return {
    changes: diffProperties(oldConfig, newConfig).map((change) => ({ ...change, replace: replaces(String(change.path[0])) })),
  };
}
