import { Ajv } from "ajv";
import schema from "./schema.json";

/** A test knows that the schema is one. Its code is kept for the bundle. */
export const ajv = new Ajv({
  ...{ allErrors: true, strict: false, verbose: true, meta: false, validateSchema: false },
  code: { source: true, esm: true },
});

/** In a bundle it is compiled already (verify/build/bundle.ts): that takes longer than reading a contract does. */
export const validate = ajv.compile(schema);
