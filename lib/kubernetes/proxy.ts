import { BlockList, isIP } from "node:net";

/** The proxy to a server, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY as Go reads them (golang.org/x/net/http/httpproxy). */
export function proxyFor(server: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const variable = (name: string) => [name, name.toLowerCase()].map((it) => env[it]).find((it) => (it ?? "") !== "");
  const proxy = variable(protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy === undefined) return undefined;
  const host = hostname.replace(/^\[|\]$/g, "");
  const to = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  const exempt = `${variable("NO_PROXY") ?? ""},127.0.0.0/8,::1`.toLowerCase().split(",");
  if (host === "localhost" || exempt.some((it) => covers(it.trim(), host, to))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/** @param entry of NO_PROXY: `*`, a network, or an address or a domain, which may have a port */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [, inner, outer, only = port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  const [name = "", bits] = (inner ?? outer ?? entry).split("/");
  if (name === "" || only !== port) return false;
  const family = isIP(name);
  if (family !== isIP(host)) return false;
  // `example.com` is that and what is below it, `.example.com` and `*.example.com` only the latter.
  if (family === 0) return (/^\*?\./.test(name) ? host : `.${host}`).endsWith(name.replace(/^\*?\.?/, "."));
  const [type, most] = family === 4 ? (["ipv4", 32] as const) : (["ipv6", 128] as const);
  const prefix = Number(bits ?? most);
  if (!(prefix >= 0 && prefix <= most)) return false;
  const network = new BlockList();
  network.addSubnet(name, prefix, type);
  return network.check(host, type);
}
