import { headerName, isReservedHeader } from "../lib/http-headers";
import { isDecodable } from "../lib/net";
import { quantity, redisBytes } from "../lib/quantities";

/** One thing wrong with the configuration. */
export interface Violation {
  /** The key, or the field of a key: `minReplicas`, `proof.sessions`. */
  readonly path: string;
  /** What is wrong, without a secret's value. */
  readonly reason: string;
  /** The command that fixes it. */
  readonly remedy: string;
}

/** The outcome of reading one value: the value, or what is wrong with the text. */
export type Parsed<T> = { readonly value: T } | { readonly reason: string };

/** Reads a value from its text. */
export interface Parser<T> {
  (text: string): Parsed<T>;
  /** The values that are allowed, where that is short. */
  readonly accepts?: string;
}

/** What was probably meant by an unknown name: one that begins with it, whatever the case; else all names that there are. */
export function hintAt(name: string, known: readonly string[]): string {
  const near = known.find((it) => it.toLowerCase().startsWith(name.toLowerCase()));
  return near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
}

const ok = <T>(value: T): Parsed<T> => ({ value });
const bad = (reason: string): { readonly reason: string } => ({ reason });

/** One of a few words or numbers. */
export function oneOf<const T extends string | number | boolean>(...values: readonly T[]): Parser<T> {
  const list = values.join(", ");
  const parse = (text: string): Parsed<T> => {
    const value = values.find((candidate) => String(candidate) === text);
    return value === undefined ? bad(`"${text}" is not one of ${list}`) : ok(value);
  };
  return Object.assign(parse, { accepts: list.length < 80 ? list : undefined });
}

/** A whole number within limits, both included. */
export function integer(least: number, most: number): Parser<number> {
  const parse = (text: string): Parsed<number> => {
    if (!/^[+-]?\d+$/.test(text)) return bad(`"${text}" is not a whole number`);
    const value = Number(text);
    return value < least || value > most ? bad(`${text} is not between ${least} and ${most}`) : ok(value);
  };
  return Object.assign(parse, { accepts: `${least} to ${most}` });
}

/** A text of a form; `form` completes "is not …". */
export function matching(pattern: RegExp, form: string): Parser<string> {
  return (text) => (pattern.test(text) ? ok(text) : bad(`"${text}" is not ${form}`));
}

/** Undefined when the text is `absent`, else what `parse` makes of it. */
export function unless<T>(absent: string, parse: Parser<T>): Parser<T | undefined> {
  return (text) => (text === absent ? ok(undefined) : parse(text));
}

/** Any text. */
export const text: Parser<string> = ok;

/** A name that Kubernetes accepts for namespaces and most objects (RFC 1123 label). */
export const kubernetesName = matching(
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  "a Kubernetes name (at most 63 lower-case letters, digits and inner dashes)",
);

/** A name that Kubernetes accepts for cluster-wide objects such as a StorageClass (RFC 1123 subdomain). */
export const kubernetesObjectName = matching(
  /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  "a Kubernetes name (lower-case letters, digits, inner dashes and dots)",
);

/** What a text holds as JSON; undefined for any other. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Texts by name. */
export type Texts = { readonly [name: string]: string };

const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

/**
 * Texts under names as Kubernetes gives them to labels and annotations. Numbers and truth values count as texts:
 * `config set --path` makes them of what looks like one.
 */
export function textsOf(value: Parser<string>, isTaken: (name: string) => boolean = () => false): Parser<Texts> {
  return (json) => {
    const given = jsonOf(json);
    if (typeof given !== "object" || given === null || Array.isArray(given)) return bad(`${json} is not an object of texts`);
    const texts: [string, string][] = [];
    for (const [key, it] of Object.entries(given) as [string, string | number | boolean | object][]) {
      if (!qualifiedName.test(key)) return bad(`"${key}" is not a name that Kubernetes accepts`);
      if (isTaken(key)) return bad(`${key} belongs to the stack`);
      if (typeof it === "object") return bad(`the value of ${key} is not a text`);
      const parsed = value(String(it));
      if ("reason" in parsed) return bad(`${key}: ${parsed.reason}`);
      texts.push([key, parsed.value]);
    }
    return ok(Object.fromEntries(texts));
  };
}

/** Docker's `config.json` with credentials in clear text. The reason never quotes it. */
export const dockerConfig: Parser<string> = (content) => {
  const { auths } = (jsonOf(content) ?? {}) as { auths?: Record<string, { auth?: unknown } | null> };
  return Object.values(auths ?? {}).some((it) => typeof it?.auth === "string" && it.auth !== "")
    ? ok(content)
    : bad("the value is no config.json of Docker with credentials (auths.<registry>.auth); a helper may keep them elsewhere");
};

/** A reference to a container image: `[host[:port]/]path[:tag][@digest]`. */
export const imageReference = matching(
  /^([a-zA-Z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[\w][\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$/,
  "an image reference, such as registry.example.com/plano:0.4.27, or the path of an archive, such as ./plano.tar",
);

/** Whether an image is given as a file of this machine. */
export const isImageArchive = (image: string): boolean => /^(\/|\.{1,2}\/)/.test(image);

/** A reference, or the path of an archive as `docker save` writes it. */
export const image: Parser<string> = (text) => (isImageArchive(text) ? ok(text) : imageReference(text));

/** A repository to push to: an image reference without tag and digest. */
export const imageRepository = matching(
  /^([a-zA-Z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*$/,
  "a repository without a tag, such as registry.example.com/plano",
);

/** What comes before the path of an image: a registry's host, and maybe a path there. */
export const imageMirror = matching(
  /^([a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+|localhost|[a-zA-Z0-9-]+(?=:))(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
  "a registry's host with or without a path, such as registry.example.com/mirror",
);

/** A request header that can name the tenant. `authorization` cannot: it carries the API key. */
export const tenantHeader: Parser<string> = (name) => {
  if (!headerName.test(name)) return bad(`"${name}" is not a header name (letters, digits and dashes)`);
  return isReservedHeader(name) || /^authorization$/i.test(name)
    ? bad(`the header ${name} already has another meaning`)
    : ok(name);
};

/** A password that needs no escaping in a URL, redis.conf or haproxy.cfg. The reason never quotes it. */
export const redisPassword: Parser<string> = (password) =>
  /^[A-Za-z0-9]{16,128}$/.test(password) ? ok(password) : bad("the value is not 16 to 128 letters and digits");

/** The URL of one Redis: Plano 0.4.27 has no Sentinel or Cluster client. The reason never quotes it: it holds a password. */
export const redisUrl: Parser<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOneRedis =
    url !== undefined &&
    /^rediss?:$/.test(url.protocol) &&
    /^[^,]+$/.test(url.hostname) &&
    /^(\/\d{0,4})?$/.test(url.pathname) &&
    url.search + url.hash === "";
  if (isOneRedis && !isDecodable(text)) return bad("a % in the user name or password is not encoded: write %25 for it");
  return isOneRedis
    ? ok(text)
    : bad("the value is not redis://user:password@host:port/0 or rediss://…: one stable endpoint, not Sentinel or a Cluster");
};

/** The URL of a collector. Plano takes no https and no path there, and its proxy needs the port. */
export const otlpEndpoint = matching(
  /^http:\/\/([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\]):\d{1,5}$/,
  "a URL such as http://collector.tracing:4317: http, a host and a port",
);

/** The URL of an HTTP API, without a password. */
export const httpUrl: Parser<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === ""
    ? ok(text.replace(/\/+$/, ""))
    : bad(`"${text}" is not an http:// or https:// URL without a user, such as http://tempo.tracing:3200`);
};

/** The size of a volume as Kubernetes writes it, at least 64 MiB. */
export const volumeSize = atLeast(
  "64Mi",
  quantity,
  matching(/^(?=.*[1-9])\d+(\.\d+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/, "a size as Kubernetes writes it, such as 1Gi"),
);

/** An amount of memory as redis.conf writes it, at least 8 MiB. */
export const redisMemory = atLeast(
  "8mb",
  redisBytes,
  matching(/^(?=.*[1-9])\d+([kmg]b?)?$/i, "a size as Redis writes it, such as 256mb"),
);

/** Refuses sizes that are most likely a forgotten unit. */
function atLeast(least: string, bytes: (text: string) => number, form: Parser<string>): Parser<string> {
  return (text) => {
    const size = form(text);
    if ("reason" in size || bytes(text) >= bytes(least)) return size;
    const unit = /\d$/.test(text) ? ": without a unit it means bytes" : "";
    return { reason: `${text} is less than ${least}${unit}` };
  };
}

const label = /^([a-z0-9.-]+\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?=([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** `on`, or `<label>=<value>`, several separated by commas: labels by name. */
export const monitoringLabels: Parser<{ readonly [label: string]: string }> = (text) => {
  if (text === "on") return ok({});
  const wrong = text.split(",").find((it) => !label.test(it));
  if (wrong !== undefined) return bad(`"${wrong}" is neither off, on nor a label such as release=prometheus`);
  return ok(Object.fromEntries(text.split(",").map((it) => it.split("=", 2) as [string, string])));
};
