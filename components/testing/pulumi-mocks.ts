import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";

const secretSignature = "4dabf18193072939515e22adb298388d";

/** A Kubernetes object as far as the tests look into it. */
export interface Manifest {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [label: string]: string };
    readonly annotations?: { readonly [key: string]: string };
  };
  readonly data?: { readonly [key: string]: string };
  readonly stringData?: { readonly [key: string]: string };
  readonly spec: Spec;
}

/** The fields of any spec that the tests look at; each object has only some of them. */
export interface Spec {
  readonly [field: string]: unknown;
  readonly template: Manifest;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

/** A container as far as the tests look into it. */
export interface Container {
  readonly [field: string]: unknown;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
}

/** One resource that a component registered. */
export interface Made {
  readonly type: string;
  readonly name: string;
  readonly resource: pulumi.Resource;
  readonly opts: pulumi.CustomResourceOptions & pulumi.ComponentResourceOptions;
  /** The inputs, without the wrapping of secrets. */
  readonly manifest: Manifest;
  /** Paths of the inputs that are secret: `stringData`. */
  readonly secretPaths: readonly string[];
}

let inputsByName = new Map<string, object>();

/** Puts mocks in the engine's place; `preview` as in `pulumi preview`. */
export async function mockEngine({ preview = false, status = {} } = {}): Promise<void> {
  inputsByName = new Map();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        inputsByName.set(`${type} ${name}`, inputs as object);
        const generated = generatedBy(type, inputs as { readonly spec?: object });
        return { id: `${name}-id`, state: { ...(inputs as object), ...generated, status } };
      },
      call: ({ inputs }) => inputs as object,
    },
    "plano-affinity",
    "test",
    preview,
  );
}

/** What only the cluster, or chance, can tell. */
function generatedBy(type: string, { spec }: { readonly spec?: object }): object {
  if (type === "random:index/randomPassword:RandomPassword") return { result: "mocked-password" };
  if (type === "random:index/randomString:RandomString") return { result: "mocked" };
  return type === "kubernetes:core/v1:Service" ? { spec: { clusterIP: "10.0.0.1", ...spec } } : {};
}

/** Makes a component and waits until everything in it is registered. */
export async function register(
  make: (opts: pulumi.ComponentResourceOptions) => pulumi.ComponentResource,
): Promise<readonly Made[]> {
  const seen: pulumi.ResourceTransformationArgs[] = [];
  make({ transformations: [(it) => void seen.push(it)] });
  await Promise.all(seen.map(({ resource }) => valueOf(resource.urn)));
  return seen.map(({ resource, type, name, opts }) => {
    const secretPaths: string[] = [];
    const manifest = unwrap(inputsByName.get(`${type} ${name}`) ?? {}, "", secretPaths) as Manifest;
    return { type, name, resource, opts, manifest, secretPaths };
  });
}

/** What a renderer gave, as Kubernetes reads it: by the rest of the resource's name. */
export function rendered(objects: object): { readonly [key: string]: Manifest } {
  return JSON.parse(JSON.stringify(objects)) as { readonly [key: string]: Manifest };
}

/** The Deployment or StatefulSet among rendered objects; its pods' container. */
export function mainContainer(objects: object, name?: string): Container {
  return containerOf({ manifest: rendered(objects)["main"] ?? assert.fail("there is no main object") }, name);
}

/** One resource as the engine was told of it. */
export interface Noted {
  /** `Deployment`, for resources of Kubernetes; else the whole type. */
  readonly kind: string;
  readonly manifest: Manifest;
}

/** Runs a program and notes every resource that it registers, whatever its parents. */
export async function noteAll(program: () => unknown): Promise<readonly Noted[]> {
  await mockEngine();
  await program();
  await pulumi.runtime.disconnect();
  return [...inputsByName].map(([key, inputs]) => {
    const type = key.slice(0, key.indexOf(" "));
    return {
      kind: type.startsWith("kubernetes:") ? (type.split(":")[2] ?? type) : type,
      manifest: unwrap(inputs, "", []) as Manifest,
    };
  });
}

/** The one resource of a kind with a name in Kubernetes. */
export function find(made: readonly Made[], kind: string, objectName: string): Made {
  const [found, ...others] = made.filter((it) => it.type.endsWith(`:${kind}`) && it.manifest.metadata?.name === objectName);
  assert.ok(found && others.length === 0, `there are ${made.map(({ type, name }) => `${type} ${name}`).join(", ")}`);
  return found;
}

/** The one container of a Deployment's or StatefulSet's pods. */
export function containerOf({ manifest }: Pick<Made, "manifest">, wanted?: string): Container {
  const { metadata, spec } = manifest.spec.template;
  const name = wanted ?? metadata?.annotations?.["kubectl.kubernetes.io/default-container"];
  // Side-cars are among the containers that start first.
  const [container, ...others] = [...(spec.initContainers ?? []), ...spec.containers].filter(
    (it: Container) => name === undefined || it["name"] === name,
  );
  assert.ok(container && others.length === 0);
  return container;
}

/** What an output resolves to. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => void output.apply((value) => resolve(value)));
}

/** Inputs as they are without the wrapping of secrets, whose paths are added to a list. */
export function unwrap(value: unknown, path: string, secretPaths: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => unwrap(item, `${path}[${index}]`, secretPaths));
  if (typeof value !== "object" || value === null) return value;
  const fields = value as { readonly [field: string]: unknown };
  if (secretSignature in fields) {
    secretPaths.push(path);
    return unwrap(fields.value, path, secretPaths);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([field, child]) => [field, unwrap(child, path === "" ? field : `${path}.${field}`, secretPaths)]),
  );
}
