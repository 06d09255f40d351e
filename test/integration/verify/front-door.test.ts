import assert from "node:assert/strict";
import net from "node:net";
import { listening } from "../../../lib/testing/listening";
import { contracts, defaultOptions, exitCode, type ReplicasTarget, type VerifyOptions } from "../../../verify";
import { FakeDeployment, prompts } from "./fake-deployment";
import { verify } from "./report-schema";
import { startCli } from "./start-cli";
import { said, targetOf, twoGateways } from "./trial-gateways";

/** How the server is chosen, by the number of the connection, from 0, and the head of its request; and what becomes of that. */
type Way = readonly [choose: (connection: number, head: string) => number, change?: (head: string) => string];

/** Sends each connection to one of several servers. */
async function startBalancer(servers: readonly { readonly url: string }[], [choose, change = (head) => head]: Way) {
  const count = { connections: 0 };
  const server = net.createServer((client) => {
    client.once("data", (chunk) => {
      const head = chunk.toString("latin1");
      const { hostname, port } = new URL(servers[choose(count.connections++, head)]?.url ?? "");
      const upstream = net.connect(Number(port), hostname).on("error", () => client.destroy());
      client.on("error", () => upstream.destroy());
      upstream.write(Buffer.from(change(head), "latin1"));
      client.pipe(upstream).pipe(client);
    });
  });
  return Object.assign(await listening(server), { count });
}

const byChance: Way = [() => Math.floor(Math.random() * 2)];
const inTurn: Way = [(connection) => connection % 2];
const header = /\r\nx-model-affinity: .*?(\d+)(?=\r\n)/i;

/** Stand-in gateways as real processes, with a real Redis, behind a balancer. */
describe("verify through a load balancer", function () {
  this.timeout(60_000);

  const through = async (target: ReplicasTarget, way: Way, options: Partial<VerifyOptions> = {}) => {
    const { replicas, redisUrl, jaegerUrl } = target;
    await using balancer = await startBalancer(replicas, way);
    const all = { kind: "url", url: balancer.url, redisUrl, jaegerUrl } as const;
    return { ...(await verify({ ...defaultOptions, ...options, target: all })), count: balancer.count };
  };

  describe("two healthy replicas", () => {
    const shared = twoGateways();
    const healthy = () => targetOf([shared.a, shared.b], { redisUrl: shared.redis.url, jaegerUrl: shared.collector.url });

    it("pass: each request has a connection of its own, and the replicas are named", async () => {
      const { verdict, reason, checks, replicas, sessions, requests, count } = await through(healthy(), byChance);
      assert.deepEqual([verdict, reason], ["pass", null]);
      assert.deepEqual(
        checks.map(({ id }) => id),
        ["control", "front-door", "redis"],
      );
      assert.match(
        checks[1]?.summary ?? "",
        /^X-Model-Affinity arrives: \d+ of \d+ sessions kept their model over 2 of 2 ordered pairs of 2 replicas, against /,
      );
      assert.deepEqual(
        replicas.map((it) => it.name),
        ["a", "b"],
      );
      assert.deepEqual([...new Set(sessions.flatMap((it) => it.replicas))].sort(), ["a", "b"]);
      assert.equal(count.connections, requests.total);
    });

    const cases: readonly [name: string, way: Way, found: RegExp][] = [
      [
        "loses the header",
        [byChance[0], (head) => head.replace(header, "")],
        /^fail: \S+: [ab] answered \S+ in round \d, although [ab] had .*: the header X-Model-Affinity is lost on the way in, or not heeded$/,
      ],
      ["chooses one replica only", [() => 0], /^unknown: only a answered, in 8 sessions: scale to two replicas, or /],
      [
        "chooses by the session",
        [(n, head) => Number(header.exec(head)?.[1] ?? n) % 2],
        /^unknown: no request left the replica that had begun its session, in 8 sessions: the load balancer binds /,
      ],
    ];
    for (const [name, way, found] of cases) {
      it(`are ${/\w+/.exec(found.source)?.[0]} where it ${name}`, async () => {
        const report = await through(healthy(), way, { sessions: 8 });
        assert.match(said(report, "front-door"), found);
        assert.equal(report.reason, `front-door: ${said(report, "front-door").replace(/^\w+: /, "")}`);
        assert.equal(exitCode(report), { pass: 0, fail: 1, unknown: 2 }[report.verdict]);
      });
    }

    it("pass on the command line, without Redis where that is not to be looked into", async () => {
      const { replicas, redisUrl = "", jaegerUrl = "" } = healthy();
      await using balancer = await startBalancer(replicas, byChance);
      const args = ["--url", balancer.url, "--jaeger-url", jaegerUrl, "--redis-url", redisUrl, "--skip-redis-inspect"];
      const { code, stdout } = await startCli(args).ended;
      assert.equal(code, 0, stdout);
      assert.match(stdout, /│ front-door +│ pass /);
      assert.doesNotMatch(stdout, /│ redis /);
    });
  });

  describe("without traces", () => {
    let fake: FakeDeployment;
    before(async () => void (fake = await FakeDeployment.start()));
    after(() => fake?.[Symbol.asyncDispose]());
    const target = () => ({ kind: "replicas", replicas: fake.replicas }) as const;
    const contract = { ...contracts["header-only"], replicaHeader: "X-Served-By" };

    /** @param busy whether the first request of a session is refused */
    const nameReplicas = (busy = false): void => {
      for (const { name } of fake.replicas) {
        fake.misbehaviour.set(name, ({ session }, response) => {
          response.setHeader("x-served-by", `pod-${name}`);
          const refuses = busy && session !== undefined;
          if (refuses) busy = false;
          return refuses && [503, {}];
        });
      }
    };

    it("takes the replicas from the header that the contract names, also where they take turns and answer in step", async () => {
      nameReplicas();
      const report = await through(target(), inTurn, { contract, prompts });
      assert.match(said(report, "front-door"), /^pass: /);
      assert.deepEqual(
        report.replicas.map(({ name }) => name),
        ["pod-a", "pod-b"],
      );
    });

    it("does not say who answered a request that was tried again, for the first attempt may have made the pin", async () => {
      nameReplicas(true);
      const report = await through(target(), byChance, { contract, prompts, maxFailedRequests: 1 });
      assert.match(said(report, "front-door"), /^pass: .*; who answered 1 of \d+ requests is not known$/);
    });

    it("is unknown where the answers have no such header, and where nothing could tell", async () => {
      fake.misbehaviour.clear();
      const silent = await through(target(), byChance, { contract, prompts });
      assert.match(
        said(silent, "front-door"),
        /^unknown: who answered 16 of 16 requests is not known: no header X-Served-By tells$/,
      );
      const traced = { ...target(), jaegerUrl: fake.jaegerUrl };
      const blind = await through(traced, byChance, { contract: contracts["header-only"], prompts });
      assert.match(said(blind, "front-door"), /^unknown: the contract header-only says nothing of traces$/);
    });
  });
});
