// Loaded into the program's process before anything else (`node --require`).
//
// @pulumi/pulumi prints unhandled errors by util.inspect(error, { colors: true }). Its source maps put frames of the SDK
// at `node_modules/@pulumi/output.ts`, a scope without a package, and Node's colouring of module names (20.x, 22.x:
// markNodeModules) then loops until the string is too long: some 25 s of full CPU for every failing `pulumi up`.
// The same text without colours takes no time.
"use strict";
const util = require("node:util");

const inspect = util.inspect;
const inspectErrorsPlainly = (value, options, ...rest) =>
  util.types.isNativeError(value) && options?.colors === true
    ? inspect(value, { ...options, colors: false })
    : inspect(value, options, ...rest);
util.inspect = Object.assign(inspectErrorsPlainly, inspect);
