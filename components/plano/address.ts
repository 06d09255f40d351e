/** Where something in the cluster is reached from the machine that the stack was made on. */
export interface Address {
  /** Works as it is, or while the command of `hint` runs. */
  readonly url: string;
  /** Command that has to run first; absent: none. */
  readonly hint?: string;
  /** What to do when `url` does not answer although it should. */
  readonly advice?: string;
}

/** A service inside the cluster, and how kubectl is called to reach that cluster. */
export interface ForwardedService {
  readonly kubectl: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** The address of a service that nothing outside leads to: this machine, through a tunnel that the user opens. */
export function throughPortForward({ kubectl, namespace, service, port }: ForwardedService): Address {
  return {
    url: `http://localhost:${port}`,
    hint: `${kubectl} --namespace ${namespace} port-forward service/${service} ${port}:${port}`,
  };
}

/** The URL of a host, which may be an IPv6 address. */
export function httpUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
