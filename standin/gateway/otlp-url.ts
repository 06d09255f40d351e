/**
 * Where spans go over HTTP, given the collector's gRPC endpoint that Plano is configured with:
 * same host, `/v1/traces`, and OTLP's usual HTTP port 4318 in place of its usual gRPC port 4317.
 *
 * @returns `undefined` when the endpoint is not an `http://` URL without a path
 */
export function otlpTracesUrl(grpcEndpoint: string): string | undefined {
  if (!grpcEndpoint.startsWith("http://") || !URL.canParse(grpcEndpoint)) return undefined;
  const url = new URL(grpcEndpoint);
  if (url.pathname !== "/") return undefined;
  if (url.port === "4317") url.port = "4318";
  url.pathname = "/v1/traces";
  return url.href;
}
