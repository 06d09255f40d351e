import assert from "node:assert/strict";
import { findBrowser } from "./browser";
import { Scratch } from "../../lib/testing/scratch";

describe("the browser of the tests", () => {
  const chosen = process.env.CHROME_PATH;
  before(() => void delete process.env.CHROME_PATH);
  afterEach(() => void delete process.env.CHROME_PATH);
  after(() => {
    if (chosen !== undefined) process.env.CHROME_PATH = chosen;
  });

  it("is the one in CHROME_PATH, whatever is on PATH", async () => {
    await using scratch = await Scratch.make();
    await scratch.program("chromium", "echo Chromium 156.0.8078.79");
    process.env.CHROME_PATH = "/opt/my/chrome";
    assert.equal(await findBrowser(), "/opt/my/chrome");
  });

  it("is else found on PATH by any of its names", async () => {
    await using scratch = await Scratch.make();
    const file = await scratch.program("google-chrome", "echo Google Chrome 141.0.7390.54");
    assert.equal(await findBrowser(), file);
  });

  it("is not a start script without a browser behind it, nor one that is too old", async () => {
    await using scratch = await Scratch.make();
    await scratch.program("chromium-browser", "echo needs the chromium snap to be installed >&2; exit 1");
    await scratch.program("google-chrome", "echo Google Chrome 109.0.5414.74");
    assert.equal(await findBrowser(), undefined);
  });
});
