import assert from "node:assert/strict";
import { refusal, refusesEach, withoutEngine } from "./testing/load-settings";

describe("settings", () => {
  before(withoutEngine);

  refusesEach([
    {
      name: "a memory that Redis does not know",
      values: { redisMaxMemory: "256Mi" },
      says: ['redisMaxMemory: "256Mi" is not a size as Redis writes it', "pulumi config set redisMaxMemory 256mb"],
    },
    {
      name: "a memory without its unit",
      values: { redisMaxMemory: "256" },
      says: ["redisMaxMemory: 256 is less than 8mb: without a unit it means bytes\n", "pulumi config set redisMaxMemory 256mb"],
    },
    {
      name: "a memory that is too small to be meant",
      values: { redisMaxMemory: "8191KB" },
      says: ["redisMaxMemory: 8191KB is less than 8mb\n"],
    },
    {
      name: "a volume size without its unit",
      values: { redisStorage: "1" },
      says: ["redisStorage: 1 is less than 64Mi: without a unit it means bytes\n", "pulumi config set redisStorage 1Gi"],
    },
    {
      name: "a volume for traces that is too small to be meant",
      values: { jaegerStorage: "67M" },
      says: ["jaegerStorage: 67M is less than 64Mi\n", "pulumi config rm jaegerStorage"],
    },
    { name: "no memory", values: { redisMaxMemory: "0mb" }, says: ['redisMaxMemory: "0mb" is not a size'] },
    {
      name: "a volume size that Kubernetes does not know",
      values: { redisStorage: "1gb" },
      says: ['redisStorage: "1gb" is not a size as Kubernetes writes it'],
    },
    {
      name: "a Redis URL of another scheme",
      values: { redisUrl: "http://:hush@redis" },
      says: ["redisUrl: the URL's scheme is http, not redis or rediss", "pulumi config set --secret redisUrl"],
    },
    { name: "a Redis URL that is none", values: { redisUrl: "redis" }, says: ["redisUrl: the value is not a URL"] },
    {
      name: "a Redis URL for Sentinel",
      values: { redisUrl: "redis+sentinel://a:26379" },
      says: ["redisUrl: the URL's scheme is redis+sentinel; Plano has no Sentinel or Cluster client: give one stable endpoint"],
    },
    {
      name: "a Redis URL with several hosts",
      values: { redisUrl: "redis://:hush,hush@a:6379,b:6379" },
      says: ["redisUrl: the URL names several hosts; Plano has no Sentinel or Cluster client: give one stable endpoint"],
    },
    {
      name: "a Redis URL whose database is no number",
      values: { redisUrl: "redis://cache/pins" },
      says: ["redisUrl: the URL's path is not the number of a database, such as /0"],
    },
    {
      name: "a Redis URL with more behind the database",
      values: { redisUrl: "rediss://cache/0#insecure" },
      says: ["redisUrl: the URL has a ? or # part; nothing may follow the database"],
    },
    {
      name: "a Redis password that is short",
      values: { redisPassword: "hush" },
      says: ["redisPassword: the value is not 16 to 128 letters and digits", "pulumi config set --secret redisPassword"],
    },
    {
      name: "a Redis password that cannot stand in a URL as it is",
      values: { redisPassword: "hush/hush@hush:hush" },
      says: ["redisPassword: the value is not 16 to 128 letters and digits"],
    },
    {
      name: "a Redis password for a Redis that is not the stack's",
      values: { redisPassword: "hushhushhushhush", redisUrl: "redis://cache.example.com" },
      says: [
        "redisPassword: redisUrl names a Redis of your own, and its password stands in the URL",
        "pulumi config rm redisPassword, or pulumi config rm redisUrl",
      ],
    },
    { name: "a Redis URL without a host", values: { redisUrl: "redis://" }, says: ["redisUrl: the URL names no host"] },
    {
      name: "two Redis replicas",
      values: { redisReplicas: "2" },
      says: ['redisReplicas: "2" is not one of 1, 3', "pulumi config set redisReplicas 1"],
    },
    {
      name: "replicas of a Redis that is not run",
      values: { redisReplicas: "3", redisUrl: "redis://cache.example.com" },
      says: ["redisReplicas: redisUrl names a Redis of your own", "pulumi config rm redisReplicas"],
    },
  ]);

  it("never quotes a Redis password", () => {
    assert.doesNotMatch(refusal({ redisPassword: "hush hush hush hush" }), /hush/);
    assert.match(refusal({ redisPassword: "hushhushhushhush" }, []), /redisPassword: the value is stored in plain text/);
  });
});
