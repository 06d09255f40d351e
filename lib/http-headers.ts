/** The name of an HTTP header (an RFC 9110 token). */
export const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const ofEveryRequest =
  /^(traceparent|host|connection|keep-alive|upgrade|te|trailer|expect|content-(type|length)|transfer-encoding)$/i;

/** Whether every request to a gateway sets it itself, or it belongs to HTTP. */
export const isOfEveryRequest = (name: string): boolean => ofEveryRequest.test(name);

/** Whether it has a meaning for Plano or HTTP, so that it cannot name a tenant. */
export const isReservedHeader = (name: string): boolean =>
  isOfEveryRequest(name) || /^x-(model-affinity|plano-cache)$/i.test(name);
