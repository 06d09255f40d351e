import { BlockList, isIP } from "node:net";

/** `docker info`'s RegistryConfig, as far as it is looked at (Docker Engine API 1.41). */
export interface RegistryConfig {
  readonly InsecureRegistryCIDRs?: readonly string[] | null;
  readonly IndexConfigs?: Readonly<Record<string, { readonly Secure?: boolean }>> | null;
}

/** Whether the user told the daemon to trust a registry without a certificate; Docker itself trusts loopback. */
export function isInsecure(host: string, config: RegistryConfig | null): boolean {
  if (config?.IndexConfigs?.[host]?.Secure === false) return true;
  const name = host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  const address = name === "localhost" ? "127.0.0.1" : name;
  const family = isIP(address);
  if (family === 0) return false;
  const trusted = new BlockList();
  for (const network of config?.InsecureRegistryCIDRs ?? []) {
    const [start = "", length] = network.split("/");
    trusted.addSubnet(start, Number(length), isIP(start) === 6 ? "ipv6" : "ipv4");
  }
  return trusted.check(address, family === 6 ? "ipv6" : "ipv4");
}
