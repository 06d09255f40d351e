/** The image of the stand-in and the LLM stub, for the Dockerfile and for the sandbox; a test keeps the Dockerfile in step. */
export const standinImage = {
  /** Numeric user that the image runs as; `user` is the same with its group. */
  uid: 1000,
  user: "1000:1000",
  workdir: "/app",
  entrypoint: ["node"],
  cmd: ["/app/gateway.js"],
  /** File in the image → the module that is bundled into it. */
  files: { "/app/gateway.js": "standin/gateway/main.ts", "/app/stub.js": "standin/stub/main.ts" },
  /** Options for esbuild; on its command line `--bundle --platform=node …`. */
  bundle: { bundle: true, platform: "node", target: "node20", format: "cjs", legalComments: "none" },
} as const;
