// Plano beside what else your program makes: two gateways on the cluster of the current context, each in a namespace.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlanoStack } from "../../../components/plano-stack";

const file = process.env.KUBECONFIG ?? join(homedir(), ".kube", "config");
const kubeconfig = pulumi.secret(readFileSync(file, "utf8"));
const provider = new k8s.Provider("cluster", { kubeconfig, enableServerSideApply: true });

// Without an API key the LLM stub answers.
const openaiApiKey = new pulumi.Config().getSecret("OPENAI_API_KEY");

const team = new PlanoStack("team", { kubeconfig, namespace: "plano-team", openaiApiKey, minReplicas: 3 }, { provider });
const trial = new PlanoStack(
  "trial",
  { kubeconfig, namespace: "plano-trial", planoVersion: "0.4.32", sessionTtlSeconds: 900, serviceType: "ClusterIP" },
  { provider },
);

export const teamUrl = team.gatewayUrl;
export const trialUrl = trial.gatewayUrl;
export const trialHint = trial.gatewayHint;
