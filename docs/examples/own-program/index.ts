// Plano beside what else your program makes, on the cluster of the current context, proved at the end of every `up`.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlanoStack, Proof } from "plano-affinity-stack";

const config = new pulumi.Config();
const file = process.env.KUBECONFIG ?? join(homedir(), ".kube", "config");
const kubeconfig = pulumi.secret(readFileSync(file, "utf8"));
const provider = new k8s.Provider("cluster", { kubeconfig, enableServerSideApply: true });

const stack = new PlanoStack(
  "team",
  {
    kubeconfig,
    namespace: "plano-team",
    // The stand-in, where Plano's image cannot be pulled.
    gateway: config.get<"plano" | "standin">("gateway"),
    // Without a key the LLM stub answers.
    openaiApiKey: config.getSecret("OPENAI_API_KEY"),
    sessionTtlSeconds: 900,
    serviceType: "ClusterIP",
    pods: { gateway: { resources: { requests: { cpu: "100m" } } } },
  },
  { provider },
);
const proof = new Proof("proof", { stack });

export const gatewayUrl = stack.gatewayUrl;
export const gatewayHint = stack.gatewayHint;
export const affinity = proof.affinity;
