import { Ajv } from "ajv";
import schema from "./schema.json";

/** A test knows that the schema is one. */
export const validatorOptions = { allErrors: true, strict: false, verbose: true, meta: false, validateSchema: false } as const;

/** In a bundle it is compiled already (verify/build/bundle.ts): that takes longer than reading a contract does. */
export const validate = new Ajv(validatorOptions).compile(schema);
