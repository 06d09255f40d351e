import { strict as assert } from "node:assert";
import { needsSandbox } from "../stacks/leftovers";
import { OutsideCluster } from "../stacks/outside-cluster";
import { apiKey } from "./one-cluster/api-key";
import { existing } from "./one-cluster/existing";
import { kubernetesPlugin } from "./one-cluster/kubernetes-plugin";
import { openAi } from "./one-cluster/openai";
import { ownModels } from "./one-cluster/own-models";
import { ownProgram } from "./one-cluster/own-program";
import { platformEngineer } from "./one-cluster/readme";

/** Suites that take a cluster which no stack made share one; the last of them leaves it in disorder. */
describe("one cluster that no stack made", () => {
  const { KUBECONFIG } = process.env;
  let cluster: OutsideCluster | undefined;
  const theCluster = (): OutsideCluster => cluster ?? assert.fail("there is no cluster yet");

  before(async function () {
    await needsSandbox(this);
    cluster = await OutsideCluster.start("e2e-one-cluster");
  });

  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = KUBECONFIG;
  });

  kubernetesPlugin(theCluster);
  apiKey(theCluster);
  openAi(theCluster, "standin", () => ({ image: theCluster().image }));
  ownModels(theCluster);
  ownProgram(theCluster);
  platformEngineer(theCluster);
  existing(theCluster);
});
