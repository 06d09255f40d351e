import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { duration, streamProgress } from "./progress";

describe("progress", () => {
  const onPipe = () => {
    const stream = new PassThrough().setEncoding("utf8");
    const progress = streamProgress(stream as unknown as NodeJS.WriteStream);
    // However long a step took.
    const said = (): string => ((stream.read() as string | null) ?? "").replace(/ \d+\.\d s/g, " 0.0 s");
    return { progress, lines: () => said().split("\n").slice(0, -1) };
  };

  it("is two plain lines a step on a pipe, without colour or motion", async () => {
    const { progress, lines } = onPipe();
    const value = await progress.step("etcd 3.6.5", async (detail) => {
      detail("downloading");
      detail("official release");
      return 7;
    });
    progress.info("all there");
    assert.equal(value, 7);
    assert.deepEqual(lines(), [" • etcd 3.6.5", " ✓ etcd 3.6.5 0.0 s official release", "all there"]);
  });

  it("marks the step that failed, and passes its error on", async () => {
    const { progress, lines } = onPipe();
    await assert.rejects(
      progress.step("etcd", () => Promise.reject(new Error("no luck"))),
      { message: "no luck" },
    );
    assert.deepEqual(lines(), [" • etcd", " ✗ etcd 0.0 s"]);
  });

  it("keeps steps apart that run at once", async () => {
    const { progress, lines } = onPipe();
    let finish = (): void => undefined;
    const slow = progress.step("slow", () => new Promise<void>((resolve) => (finish = resolve)));
    await progress.step("quick", async () => undefined);
    finish();
    await slow;
    assert.deepEqual(lines(), [" • slow", " • quick", " ✓ quick 0.0 s", " ✓ slow 0.0 s"]);
  });

  it("replaces its line on a terminal", async () => {
    const stream = Object.assign(new PassThrough().setEncoding("utf8"), { isTTY: true, columns: 80 });
    await streamProgress(stream as unknown as NodeJS.WriteStream).step("etcd", async () => undefined);
    const text = String(stream.read());
    assert.ok(text.startsWith("\r\u001b[2K "), JSON.stringify(text));
    assert.ok(!text.includes("•") && text.includes("etcd"), JSON.stringify(text));
  });

  const times: readonly (readonly [number, string])[] = [
    [0, "0.0 s"],
    [1_250, "1.3 s"],
    [59_960, "1 min 0 s"],
    [119_700, "2 min 0 s"],
    [125_000, "2 min 5 s"],
  ];
  for (const [ms, text] of times) it(`says ${ms} ms as ${text}`, () => assert.equal(duration(ms), text));
});
