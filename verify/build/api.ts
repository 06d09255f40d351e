// What the installed package exports: `import { verify } from "plano-affinity"`.
export { defaultOptions, exitCode, UsageError, verify } from "..";
export type {
  CheckReport,
  Json,
  KubernetesTarget,
  PinKind,
  Progress,
  ReplicasTarget,
  Report,
  RequestsReport,
  SessionReport,
  UrlTarget,
  Verdict,
  VerifyOptions,
  Violation,
} from "..";
