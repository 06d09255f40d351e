/** The outcome of reading one value: the value, or what is wrong with the text. */
export type Parsed<T> = { readonly value: T } | { readonly reason: string };

/** Reads a value from its text. */
export type Parser<T> = (text: string) => Parsed<T>;

const ok = <T>(value: T): Parsed<T> => ({ value });
const bad = (reason: string): { readonly reason: string } => ({ reason });

/** One of a few words. */
export function oneOf<const T extends string>(values: readonly T[]): Parser<T> {
  return (text) => {
    const value = values.find((candidate) => candidate === text);
    return value === undefined ? bad(`"${text}" is not one of ${values.join(", ")}`) : ok(value);
  };
}

/** A whole number within limits, both included. */
export function integer(least: number, most: number): Parser<number> {
  return (text) => {
    if (!/^[+-]?\d+$/.test(text)) return bad(`"${text}" is not a whole number`);
    const value = Number(text);
    return value < least || value > most ? bad(`${text} is not between ${least} and ${most}`) : ok(value);
  };
}

/** One of a few whole numbers. */
export function oneOfIntegers(values: readonly number[]): Parser<number> {
  return (text) => {
    const value = values.find((candidate) => String(candidate) === text);
    return value === undefined ? bad(`"${text}" is not one of ${values.join(", ")}`) : ok(value);
  };
}

/** A text of a form; `form` completes "is not …". */
export function matching(pattern: RegExp, form: string): Parser<string> {
  return (text) => (pattern.test(text) ? ok(text) : bad(`"${text}" is not ${form}`));
}

/** Nothing when the text is `absent`, else what `parse` makes of it. */
export function unless<T>(absent: string, parse: Parser<T>): Parser<T | undefined> {
  return (text) => (text === absent ? ok(undefined) : parse(text));
}

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

/** Docker's `config.json` with credentials in clear. The reason never quotes it. */
export const dockerConfig: Parser<string> = (content) => {
  try {
    const { auths } = JSON.parse(content) as { auths?: Record<string, { auth?: unknown }> };
    const held = Object.values(auths ?? {}).filter((it) => typeof it.auth === "string" && it.auth !== "");
    return held.length > 0
      ? ok(content)
      : bad("the file holds no credentials (auths.<registry>.auth); a credential helper keeps them elsewhere");
  } catch {
    return bad("the value is not the JSON of Docker's config.json");
  }
};

/** Anything but nothing. */
export const text: Parser<string> = ok;

/** A reference to a container image: `[host[:port]/]path[:tag][@digest]`. */
export const imageReference = matching(
  /^([a-zA-Z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[\w][\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$/,
  "an image reference, such as registry.example.com/plano:0.4.27",
);

/** A repository to push to: an image reference without tag and digest. */
export const imageRepository = matching(
  /^([a-zA-Z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*$/,
  "a repository without a tag, such as registry.example.com/plano",
);

/** Headers that have a meaning of their own to the gateway or to HTTP. */
const takenHeaders = new Set([
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "host",
  "traceparent",
  "transfer-encoding",
  "x-model-affinity",
]);

/** The name of a request header (RFC 9110 token) that is free to carry the tenant. */
export const headerName: Parser<string> = (name) => {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return bad(`"${name}" is not a header name (letters, digits and dashes)`);
  return takenHeaders.has(name.toLowerCase()) ? bad(`the header ${name} already has another meaning`) : ok(name);
};

/** One endpoint is all that Plano knows: it has neither a Sentinel nor a Cluster client. Source: Plano 0.4.27. */
const oneEndpoint = "Plano has no Sentinel or Cluster client: give one stable endpoint";

/** A password that can stand in a URL, in redis.conf and in haproxy.cfg as it is. The reason never quotes it. */
export const redisPassword: Parser<string> = (password) =>
  /^[A-Za-z0-9]{16,128}$/.test(password) ? ok(password) : bad("the value is not 16 to 128 letters and digits");

/** The URL of a Redis. The reason never quotes it: it holds a password. */
export const redisUrl: Parser<string> = (url) => {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && /sentinel|cluster/.test(scheme)) return bad(`the URL's scheme is ${scheme}; ${oneEndpoint}`);
  // A comma in a password is written as %2C or stands before the @.
  if (/^[^/]*\/\/([^@/]*@)?[^/@]*,/.test(url)) return bad(`the URL names several hosts; ${oneEndpoint}`);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) return bad("the value is not a URL");
  if (parsed.protocol !== "redis:" && parsed.protocol !== "rediss:")
    return bad(`the URL's scheme is ${parsed.protocol.slice(0, -1)}, not redis or rediss`);
  if (parsed.hostname === "") return bad("the URL names no host");
  if (!/^(\/\d{0,4})?$/.test(parsed.pathname)) return bad("the URL's path is not the number of a database, such as /0");
  if (parsed.search !== "" || parsed.hash !== "") return bad("the URL has a ? or # part; nothing may follow the database");
  return ok(url);
};
