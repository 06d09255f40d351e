import assert from "node:assert/strict";
import { documentedAccount } from "../redis/documented-account";
import { startCli } from "./start-cli";
import { twoGateways } from "./trial-gateways";

/** A real redis-server whose account may what docs/redis.md lists, and nothing else. */
describe("the account of docs/redis.md", function () {
  this.timeout(60_000);
  const started = twoGateways({ password: "geheim", rules: documentedAccount() });

  it("is enough for the gateway and the proof, with its password in a variable", async () => {
    const replicas = (["a", "b"] as const).flatMap((name) => ["--replica", `${name}=${started[name].url}`]);
    const { code, stdout, stderr } = await startCli(["--quiet", ...replicas, "--checks", "control,pinning,redis"], {
      PLANO_AFFINITY_REDIS_URL: `redis://default@127.0.0.1:${started.redis.port}/0`,
      PLANO_AFFINITY_REDIS_PASSWORD: "geheim",
    }).ended;
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /│ redis\s+│ pass\s+│ 4 of 4 pins: /);
    assert.doesNotMatch(stdout + stderr, /geheim/);
  });
});
