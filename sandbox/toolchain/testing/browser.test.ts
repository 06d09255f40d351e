import assert from "node:assert/strict";
import { findBrowser } from "./browser";
import { Scratch } from "../../../lib/testing/scratch";

describe("the browser of the tests", () => {
  const machine = async (CHROME_PATH = ""): Promise<Scratch> => {
    const scratch = await Scratch.make();
    Object.assign(process.env, { CHROME_PATH });
    return scratch;
  };

  it("is the one in CHROME_PATH, whatever is on PATH, else found by any of its names", async () => {
    await using scratch = await machine("/opt/my/chrome");
    const file = await scratch.program("google-chrome", "echo Google Chrome 141.0.7390.54");
    assert.equal(await findBrowser(), "/opt/my/chrome");
    process.env.CHROME_PATH = "";
    assert.equal(await findBrowser(), file);
  });

  it("is not a start script without a browser behind it, nor one that is too old", async () => {
    await using scratch = await machine();
    await scratch.program("chromium-browser", "echo needs the chromium snap to be installed >&2; exit 1");
    await scratch.program("google-chrome", "echo Google Chrome 109.0.5414.74");
    assert.equal(await findBrowser(), undefined);
  });
});
