import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { skipBecause } from "../lib/testing/skip";

describe("the stack's file, as it is committed", () => {
  // Pulumi writes into the one in the checkout; with another's salt no stack can be made.
  it("has no salt of anybody's passphrase", function () {
    const options = { cwd: join(__dirname, ".."), encoding: "utf8" } as const;
    const { status, stdout } = spawnSync("git", ["show", "HEAD:Pulumi.dev.yaml"], options);
    if (status !== 0) skipBecause(this, "this is no checkout of git's");
    assert.doesNotMatch(stdout, /^encryptionsalt:/m);
  });
});
