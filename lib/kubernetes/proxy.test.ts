import assert from "node:assert/strict";
import { proxyFor } from "./proxy";

describe("the proxy on the way to a cluster", () => {
  const server = "https://api.example.com:6443";
  const proxy = "http://proxy:3128";
  // What Go 1.24 says to each: golang.org/x/net/http/httpproxy.
  const cases: readonly (readonly [expected: string | undefined, env: Readonly<Record<string, string>>, to?: string])[] = [
    [undefined, {}],
    [proxy, { HTTPS_PROXY: proxy }],
    [proxy, { https_proxy: "proxy:3128" }],
    [proxy, { HTTPS_PROXY: proxy, https_proxy: "http://other" }],
    [proxy, { HTTPS_PROXY: "", https_proxy: proxy }],
    [undefined, { HTTP_PROXY: proxy, ALL_PROXY: proxy }],
    [proxy, { HTTP_PROXY: proxy }, "http://api.example.com"],
    ...["localhost", "127.1.2.3", "[::1]:6443"].map((it) => [undefined, { HTTPS_PROXY: proxy }, `https://${it}`] as const),
    ...(
      [
        ["*", false],
        ["other, example.com", false],
        ["EXAMPLE.com:6443", false],
        ["example.com:443", true],
        ["api.example.com", false],
        [".api.example.com", true],
        ["*.example.com", false],
        [".com", false],
        ["ample.com", true],
        ["", true],
        [",:6443", true],
      ] as const
    ).map(([NO_PROXY, is]) => [is ? proxy : undefined, { HTTPS_PROXY: proxy, NO_PROXY }] as const),
    ...(
      [
        ["10.0.0.0/8", "10.1.2.3", false],
        ["11.0.0.0/8", "10.1.2.3", true],
        ["10.1.2.3", "10.1.2.3", false],
        ["10.1.2.3:6443", "10.1.2.3:6443", false],
        ["10.1.2.3:443", "10.1.2.3:6443", true],
        ["10.1.2.3:443", "10.1.2.3", false],
        ["10.0.0.0/33", "10.1.2.3", true],
        ["1.2.3", "10.1.2.3", true],
        ["fd00::/8", "[fd00::1]:6443", false],
        ["[fd00:0::1]:6443", "[fd00::1]:6443", false],
        ["fd00::1", "[fd00::1]", false],
        ["fd00::1", "10.1.2.3", true],
      ] as const
    ).map(([no_proxy, to, is]) => [is ? proxy : undefined, { HTTPS_PROXY: proxy, no_proxy }, `https://${to}`] as const),
  ];
  for (const [expected, env, to = server] of cases)
    it(`is ${expected ?? "none"} to ${to} with ${JSON.stringify(env)}`, () => assert.equal(proxyFor(to, env), expected));
});
