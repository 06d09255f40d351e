import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { derived, fingerprint } from "./outputs";
import { mockEngine, valueOf } from "./testing/pulumi-mocks";

describe("what is derived from outputs", () => {
  it("is left out where an output is, as with pulumi up --target", async () => {
    await mockEngine();
    const [there, absent] = [pulumi.output("a"), pulumi.output<string | undefined>(undefined) as pulumi.Output<string>];
    const join = (...texts: string[]): string => texts.map((it) => it.toUpperCase()).join();
    assert.equal(await valueOf(pulumi.output(derived([there, "b"], join))), "A,B");
    assert.equal(await valueOf(pulumi.output(derived([there, absent], join))), undefined);
    assert.equal(await valueOf(pulumi.output(fingerprint(absent))), undefined);
  });
});
