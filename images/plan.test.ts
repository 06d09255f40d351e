import assert from "node:assert/strict";
import { type ImageSource, planImages } from "./plan";

describe("where images come from", () => {
  type Row = readonly [
    kind: "kind" | "sandbox" | "existing",
    gateway: "plano" | "standin",
    setting: "image" | "registry" | "neither",
    fromWhere: ImageSource,
    stub: ImageSource,
  ];
  const rows: readonly Row[] = [
    ["sandbox", "standin", "neither", "sandbox", "sandbox"],
    ["sandbox", "standin", "registry", "built", "built"],
    ["sandbox", "standin", "image", "given", "given"],
    ["sandbox", "plano", "image", "given", "sandbox"],
    ["sandbox", "plano", "registry", "built", "built"],
    ["kind", "plano", "neither", "built", "built"],
    ["kind", "standin", "neither", "built", "built"],
    ["kind", "plano", "image", "given", "built"],
    ["existing", "plano", "neither", "official", "bundled"],
    ["existing", "standin", "neither", "bundled", "bundled"],
    ["existing", "plano", "registry", "built", "built"],
    ["existing", "standin", "registry", "built", "built"],
    ["existing", "plano", "image", "given", "bundled"],
    ["existing", "standin", "image", "given", "given"],
  ];
  for (const [kind, gateway, setting, fromWhere, stub] of rows) {
    it(`${kind}, ${gateway}, ${setting}: the gateway is ${fromWhere}, the stub ${stub}`, () => {
      const image = setting === "image" ? "x:1" : undefined;
      const registry = setting === "registry" ? "r.example.com/x" : undefined;
      assert.deepEqual(planImages({ kind, gateway, image, registry }), { gateway: fromWhere, stub });
    });
  }
});
