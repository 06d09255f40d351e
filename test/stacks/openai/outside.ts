import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { run } from "../../../lib/command";
import { makeAuthority } from "../../../lib/testing/certificates";
import type { KubeClients } from "../kube";
import { OpenAiServer } from "./server";

/** OpenAI, and what Plano asks for routes by default. */
export const names = ["api.openai.com", "archfc.katanemo.dev"];
const slice = { name: "kube-dns", namespace: "kube-system" };

/**
 * What a cluster's pods find outside: a server on this machine in place of OpenAI, at OpenAI's own name and port, whose
 * certificate is from an authority of the test's own. The name service's endpoint is moved here meanwhile.
 */
export class OpenAiOutside extends OpenAiServer {
  readonly #authority = makeAuthority();
  #dns: Socket | undefined;
  #putBack: (() => Promise<unknown>) | undefined;

  static async start(node: string, { objects }: Pick<KubeClients, "objects">, key: string): Promise<OpenAiOutside> {
    // The machine's end of the sandbox's link; pods reach it, and are reached, by the node.
    const host = node.replace(/\.\d+$/, ".1");
    await run("ip", ["route", "replace", host.replace(/^10\.231\.(\d+)\.1$/, "10.232.$1.0/24"), "via", node]);
    const outside = new OpenAiOutside(key);
    await outside.showFor(...names);
    await outside.listen(host, 443);
    outside.#dns = await startDns(host, node);
    const { PatchStrategy } = await import("@kubernetes/client-node");
    const endpoints = async (address: string, port: number) => {
      const ports = ["UDP", "TCP"].map((protocol) => ({ name: protocol === "UDP" ? "dns" : "dns-tcp", protocol, port }));
      const body = {
        ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: slice, ports },
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
      };
      await objects.patch(body, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    };
    await endpoints(host, outside.#dns.address().port);
    outside.#putBack = () => endpoints(node, 53);
    return outside;
  }

  /** The authority's certificate, as PEM. */
  async authority(): Promise<string> {
    return (await this.#authority).cert;
  }

  /** Shows a certificate for names from now on. */
  async showFor(...hosts: readonly string[]): Promise<void> {
    this.show(await (await this.#authority).issue(...hosts));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#putBack?.();
    this.#dns?.close();
    await super[Symbol.asyncDispose]();
  }
}

/** Answers for {@link names} with its own address, and hands all else on. */
async function startDns(host: string, forwardTo: string): Promise<Socket> {
  const server = createSocket("udp4").unref();
  server.on("message", (query, { address, port }) => {
    const name = questionOf(query);
    if (names.includes(name.toLowerCase())) return server.send(answer(query, name, host), port, address);
    const upstream = createSocket("udp4").unref();
    upstream.on("error", () => upstream.close());
    upstream.once("message", (reply) => {
      server.send(reply, port, address);
      upstream.close();
    });
    upstream.send(query, 53, forwardTo);
  });
  await once(server.bind(0, host), "listening");
  return server;
}

function questionOf(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12, size = query[at] ?? 0; size > 0; at += size + 1, size = query[at] ?? 0)
    labels.push(query.toString("latin1", at + 1, at + 1 + size));
  return labels.join(".");
}

/** RFC 1035: the question again, and for type A one answer of four bytes. */
function answer(query: Buffer, name: string, address: string): Buffer {
  const end = 12 + name.length + 2 + 4;
  const isA = query.readUInt16BE(end - 4) === 1;
  const reply = Buffer.from(query.subarray(0, end));
  reply.writeUInt16BE(0x8580, 2);
  reply.writeUInt16BE(isA ? 1 : 0, 6);
  reply.writeUInt32BE(0, 8);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...address.split(".").map(Number)]);
  return isA ? Buffer.concat([reply, record]) : reply;
}
