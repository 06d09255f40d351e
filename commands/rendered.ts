import * as pulumi from "@pulumi/pulumi";
import { run } from "../lib/command";
import { streamProgress } from "../lib/progress";
import { projectName, stackName } from "../clusters/project-name";
import { knownValue } from "../components/outputs";
import { plannedManifests } from "../components/planned-manifests";
import { loadSettings, type Settings, settleByCluster } from "../settings";
import { isImageArchive } from "../settings/parsers";
import { interruption, projectFolder, UserError } from "./main";
import { pulumiEnvironment, requirePassphrase } from "./pulumi-environment";
import { pulumiText } from "./status/stack";

/** An object of the stack, as Kubernetes takes it. */
export interface RenderedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: { readonly [name: string]: string } };
  readonly data?: { readonly [key: string]: string };
  readonly stringData?: { readonly [key: string]: string };
}

/** What the stack of this checkout makes on a cluster of the user's, without asking one. @throws UserError */
export async function renderedStack(): Promise<readonly RenderedObject[]> {
  const settings = await settingsOfStack();
  const { gateway, image, registry } = settings;
  if (registry !== undefined)
    throw new UserError(
      "registry: what is pushed there has no name before it is built.\n→ pulumi config set image, with what `up` has pushed",
    );
  if (image !== undefined && isImageArchive(image))
    throw new UserError("image: a cluster of yours pulls images, and takes no archive");
  const choices = settleByCluster({ ...settings, gateway: gateway === "auto" ? "plano" : gateway }, "existing");
  const { manifests } = plannedManifests(settings, choices, "existing", {
    image,
    // The stand-in's image holds the stub as well.
    stubImage: choices.gateway === "standin" ? image : undefined,
  });
  // Programs that are bundled are promises.
  return (await knownValue(pulumi.output(manifests))) ?? [];
}

/** The settings of PULUMI_STACK, or `dev`, secrets included. */
async function settingsOfStack(): Promise<Settings> {
  const signal = interruption();
  const { pulumi: engine, env } = await pulumiEnvironment(streamProgress(process.stderr), signal);
  requirePassphrase(env);
  const stack = stackName();
  await run(engine, ["stack", "select", "--create", stack], { cwd: projectFolder, env, signal });
  const text = await pulumiText(
    { pulumi: engine, env },
    projectFolder,
    ["config", "--json", "--show-secrets", "--stack", stack],
    signal,
  );
  const prefix = `${projectName(projectFolder)}:`;
  const own = Object.entries(JSON.parse(text) as { [key: string]: { value?: string; secret?: boolean } })
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, it]) => [key.slice(prefix.length), it] as const);
  const values = new Map(own.map(([key, { value = "" }]) => [key, value]));
  const secretKeys = new Set(own.flatMap(([key, { secret }]) => (secret ? [key] : [])));
  try {
    return loadSettings({ values, secretKeys });
  } catch (error) {
    throw pulumi.RunError.isInstance(error) ? new UserError(error.message) : error;
  }
}
