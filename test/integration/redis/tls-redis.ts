import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../../../lib/files";
import { freePort, redisServer } from "../../../standin/testing/redis";

/**
 * A real redis-server that speaks nothing but TLS.
 *
 * @param lines further ones of redis.conf, in whose folder the certificate is `cert.pem`; default: no client certificates
 */
export async function startTlsRedis(key: string, cert: string, lines: readonly string[] = ["tls-auth-clients no"]) {
  const folder = await temporaryFolder("redis-tls-");
  const certFile = join(folder.path, "cert.pem");
  await Promise.all([writeFile(join(folder.path, "key.pem"), key), writeFile(certFile, cert)]);
  const port = await freePort();
  const tls = ["port 0", `tls-port ${port}`, "tls-cert-file cert.pem", "tls-key-file key.pem", ...lines];
  const server = await redisServer([`dir ${folder.path}`, ...tls]);
  return {
    url: `rediss://127.0.0.1:${port}`,
    certFile,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
