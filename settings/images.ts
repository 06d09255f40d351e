import { type Field, objectOf } from "./object-setting";
import { imageReference } from "./parsers";

/**
 * Published images of the parts that are not the gateway; metrics-server's is in its manifest. Digests:
 * docker-library/repo-info, repos/redis, repos/haproxy and repos/node; ava-labs/avalanchego, trace/README.md;
 * stefanobaldo/seedstone, e2e/exporter/run.sh.
 */
export const publishedImages = {
  redis: "docker.io/library/redis:7.4.11@sha256:c6eabf748fc7a61dbb5a705c78bcf3d6377b1127a97d0ce965c11c44ba46896f",
  haproxy: "docker.io/library/haproxy:3.2.24@sha256:fa8c8825c5ca0e0f65c3fc2059b92e9d1735a640b2b38091823a959a64016c4f",
  jaeger: "docker.io/jaegertracing/jaeger:2.20.0@sha256:46a886260e04002d8f45e213fc39063fa11a50446048fdaa64786fc0840cb9f8",
  // From 1.83 it can do without `/scrape`. The figures that the alerts need have had their names since 1.0.
  exporter: "docker.io/oliver006/redis_exporter:v1.89.0@sha256:fed773ffd2bb2eac706e0ed9cc2fff41651193ee4977e2a4f6919658ad2313f4",
  // Node.js, for the LLM stub and the stand-in where their programs are in ConfigMaps.
  stub: "docker.io/library/node:24-slim@sha256:cd84903a12dbd26b46f1f3b8144a2568c41c5d37ddd0c7a80a34c7a19786b35f",
} as const;

/** The official image of a release of Plano. */
export const officialPlano = (version: string): string => `docker.io/katanemo/plano:${version}`;

type Published = keyof typeof publishedImages;

/** Images of one's own, by part. */
export type Images = { readonly [part in Published | "metricsServer"]?: string };

const field: Field = { parse: imageReference };
export const imageFields = { redis: field, haproxy: field, jaeger: field, exporter: field, stub: field, metricsServer: field };

export const images = objectOf<Images>({ key: "images", fields: imageFields, defaults: {} });

/** A published image as a mirror has it: under the same path, with the mirror in place of the registry. */
export function mirrored(reference: string, mirror: string | undefined): string {
  return mirror === undefined ? reference : `${mirror}${reference.slice(reference.indexOf("/"))}`;
}
