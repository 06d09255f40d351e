import { stringify } from "yaml";
import { runTask } from "./main";
import { type RenderedObject, renderedStack } from "./rendered";

/** `npm run manifests`: the stack's objects as YAML, for GitOps. Secrets are named, with their keys, and not written. */
runTask(async () => {
  const objects = await renderedStack();
  const secrets = objects.filter(({ kind }) => kind === "Secret");
  const head = [
    "# Objects of a plano-affinity stack. Not in here, and needed:",
    ...secrets.map(({ metadata, stringData = {} }) => `#   Secret ${metadata.name}: ${Object.keys(stringData).join(", ")}`),
  ];
  const documents = objects
    .filter(({ kind }) => kind !== "Secret")
    .map((it) => stringify(plain(it), { aliasDuplicateObjects: false }));
  process.stdout.write(`${head.join("\n")}\n---\n${documents.join("---\n")}`);
  return 0;
});

/** Without what only Pulumi reads. */
function plain(object: RenderedObject): object {
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([name]) => !name.startsWith("pulumi.com/"));
  const { annotations: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: { ...metadata, ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }) },
  };
}
