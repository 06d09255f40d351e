import { AFFINITY_HEADER } from "../parts";
import { type FaultTable, isChosenReplica } from "./fault";

/** How many characters of a session id survive in a column that is too short. */
const TRUNCATED_LENGTH = 8;

/** Bugs in whose request it is: the session, the tenant, the key. */
export const sessionFaults = {
  "ignore-header": {
    imitates: "a proxy in front strips the x-model-affinity header",
    change: () => ({ session: () => undefined }),
  },
  "header-stripped-by-one": {
    imitates: "the proxy in front of one replica strips the x-model-affinity header; the others let it through",
    change: async (_healthy, context) => ((await isChosenReplica(context)) ? { session: () => undefined } : {}),
  },
  "default-session": {
    imitates: "requests without the header are given one session in common, and so all get one model",
    change: ({ session }) => ({ session: (request) => session(request) ?? { id: "default" } }),
  },
  "header-case-sensitive": {
    imitates: "the header is looked up letter for letter as x-model-affinity",
    change: ({ session }) => ({
      session: (request) => (request.rawHeaders.includes(AFFINITY_HEADER) ? session(request) : undefined),
    }),
  },
  "session-by-connection": {
    imitates: "stickiness by TCP connection instead of by session id",
    change: ({ session }, { podName }) => ({
      session: (request) => {
        const { remoteAddress, remotePort } = request.socket;
        return session(request) && { id: `${podName}-${remoteAddress}:${remotePort}` };
      },
    }),
  },
  "session-by-address": {
    imitates: "stickiness by the client's address instead of by session id: all sessions of a client share one pin",
    change: ({ session }) => ({
      session: (request) => session(request) && { id: `${request.socket.remoteAddress}` },
    }),
  },
  "pin-by-pod": {
    imitates: "the pod's name is part of the key",
    change: (_healthy, { podName }) => ({ key: ({ id }) => `plano:affinity:${podName}:${id}` }),
  },
  "wrong-key": {
    imitates: "the bare session id is the key, so that pins collide with other users of the same Redis",
    change: () => ({ key: ({ id }) => id }),
  },
  "no-tenant": {
    imitates: "the tenant is left out of the key, so that tenants share each other's pins",
    change: ({ key }) => ({ key: ({ id }) => key({ id }) }),
  },
  "prefix-collision": {
    imitates: "session ids are cut to 8 characters, so that sessions share each other's pins",
    change: ({ key }) => ({ key: ({ id, tenant }) => key({ id: id.slice(0, TRUNCATED_LENGTH), tenant }) }),
  },
} satisfies FaultTable;
