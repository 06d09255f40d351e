import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { isObject, UNKNOWN, type PropertyMap, type PropertyValue } from "../rpc/properties";
import { listAt, mapAt, textAt } from "./objects";

/**
 * The address of the cluster that a configuration without secrecy marks points at; undefined where it is not known, or
 * the kubeconfig says nothing of the kind. What tells one cluster from another where there is no `clusterIdentifier`.
 */
export function serverOf(config: PropertyMap): string | undefined {
  const kubeconfig = textAt(config, "kubeconfig") ?? "";
  if (kubeconfig === UNKNOWN || kubeconfig === "") return undefined;
  const content = parseYaml(!kubeconfig.includes("\n") && existsSync(kubeconfig) ? readFileSync(kubeconfig, "utf8") : kubeconfig);
  const context = textAt(config, "context") ?? textAt(content, "current-context");
  const cluster = textAt(config, "cluster") ?? textAt(named(content, "contexts", context), "context", "cluster");
  return textAt(named(content, "clusters", cluster), "cluster", "server");
}

function named(content: PropertyValue, list: string, name: string | undefined): PropertyMap {
  return (
    listAt(content, list)
      .filter(isObject)
      .find((one) => one["name"] === name) ?? mapAt(undefined)
  );
}

function parseYaml(text: string): PropertyValue {
  try {
    return parse(text) as PropertyValue;
  } catch {
    return null;
  }
}
