// Which way imports go. `npm run imports` holds the checkout against it.
// Tests, and what they share, are left out: they may import whatever they test.
const test = "(^|/)test/|[.]test[.]ts$|/testing/";
const rooms = (names) => `^(${names.join("|")})/`;

/** Each room, and the rooms that it may import. */
const may = {
  lib: [],
  settings: ["lib"],
  verify: ["lib"],
  // The context that its image is built from has nothing else.
  standin: [],
  sandbox: ["lib"],
  images: ["lib", "settings", "standin", "sandbox"],
  clusters: ["lib", "settings", "images", "sandbox", "standin"],
  components: ["lib", "settings", "clusters", "images", "verify", "standin"],
  commands: ["lib", "settings", "components", "clusters", "images", "sandbox", "verify"],
  dev: ["lib", "settings", "components", "clusters", "images", "sandbox", "verify", "standin", "commands"],
};

/** What a room may import of one that is closed to it otherwise. */
const except = { settings: ["^verify/(check-ids|prompts)[.]ts$", "^standin/fault-names[.]ts$"] };

module.exports = {
  forbidden: [
    { name: "circle", severity: "error", from: { pathNot: test }, to: { circular: true } },
    { name: "circle-of-folders", severity: "error", scope: "folder", from: { path: "^verify/" }, to: { circular: true } },
    { name: "index-is-wiring-only", severity: "error", from: {}, to: { path: "^index[.]ts$" } },
    {
      name: "only-image-of-standin",
      severity: "error",
      from: { path: rooms(["clusters", "images", "components"]) },
      to: { path: "^standin/", pathNot: "^standin/(image|fault-names)[.]ts$" },
    },
    ...Object.entries(may).map(([room, targets]) => ({
      name: `from-${room}`,
      severity: "error",
      from: { path: `^${room}/` },
      to: {
        path: rooms(Object.keys(may)),
        pathNot: [rooms([room, ...targets]), ...(except[room] ?? [])],
      },
    })),
  ],
  options: {
    exclude: { path: `node_modules|/dist/|${test}` },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    includeOnly: `^(index[.]ts|docs|${Object.keys(may).join("|")})`,
  },
};
