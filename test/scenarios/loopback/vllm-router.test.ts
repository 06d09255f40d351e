import { strict as assert } from "node:assert";
import { writeFile } from "node:fs/promises";
import http from "node:http";
import { join } from "node:path";
import { temporaryFolder } from "../../../lib/files";
import { listening } from "../../../lib/testing/listening";
import { freePort } from "../../../standin/testing/redis";
import { startCli } from "../../integration/verify/start-cli";
import { findPypiProgram, startOnLoopback } from "../../stacks/pypi";

const version = "0.1.17";

const contract = `
sessionHeader: x-session-id
routing: session # to a worker
requestModel: any
servedModel: { body: model }
`;

/** A worker that answers with a model name of its own. */
function startWorker(model: string) {
  const answers: Readonly<Record<string, object>> = {
    "/health": {},
    "/v1/models": { object: "list", data: [{ id: model, object: "model" }] },
    "/v1/chat/completions": {
      model,
      choices: [{ index: 0, message: { role: "assistant", content: "ok" }, finish_reason: "stop" }],
    },
  };
  const server = http.createServer((request, response) => {
    request.resume().on("end", () => {
      const answer = answers[request.url ?? ""];
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  return listening(server);
}

/** A gateway that nobody here wrote. It chooses a worker for a session, whatever the prompt. */
describe(`two replicas of vllm-router ${version} over three workers`, function () {
  this.timeout(120_000);
  const started: AsyncDisposable[] = [];
  const use = <T extends AsyncDisposable>(it: T): T => (started.push(it), it);
  let router: string;
  let workers: readonly string[];
  let file: string;

  before(async function () {
    router = await findPypiProgram(this, { program: "vllm-router", version, wish: "PLANO_AFFINITY_VLLM_ROUTER" });
    workers = (await Promise.all(["red", "green", "blue"].map(startWorker))).map((it) => use(it).url);
    const folder = await temporaryFolder("vllm-router-");
    use(folder);
    file = join(folder.path, "vllm-router.yaml");
    await writeFile(file, contract);
  });
  after(async () => {
    for (const it of started.reverse()) await it[Symbol.asyncDispose]();
  });

  /** Starts two, and verifies them from the command line, time and again. */
  async function verifyRouters(policy: string, times: number) {
    const args = ["--policy", policy, "--worker-urls", ...workers];
    const start = async () => {
      return await startOnLoopback(router, [...args, "--prometheus-port", String(await freePort())], "/health");
    };
    await using a = await start();
    await using b = await start();
    const target = ["--replica", `a=${a.url}`, "--replica", `b=${b.url}`, "--contract", file, "--quiet"];
    const runs = [];
    for (let i = 0; i < times; i++) runs.push(await startCli([...target, "--checks", "control,pinning,race"]).ended);
    return runs;
  }

  it("keep sessions on their workers with consistent hashing", async () => {
    for (const { code, stdout, stderr } of await verifyRouters("consistent_hash", 2)) {
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout.replace(/\s+│?\s*/g, " "), /by luck in less than 1 of \d,000,000 runs/);
    }
  });

  it("do not where each of them remembers sessions for itself", async () => {
    for (const { code, stdout, stderr } of await verifyRouters("sticky_least_loaded", 5)) {
      assert.equal(code, 1, stdout + stderr);
      assert.match(stdout, /answered (red|green|blue)/);
    }
  });
});
