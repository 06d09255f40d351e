import { AFFINITY_HEADER } from "../parts";
import { type FaultTable, isChosenReplica } from "./fault";

/** How many characters of a session id survive in a column that is too short. */
const TRUNCATED_LENGTH = 8;

/** Bugs in whose request it is: the session, the tenant, the key. */
export const sessionFaults = {
  "ignore-header": {
    imitates: "a proxy strips the x-model-affinity header",
    change: () => ({ session: () => undefined }),
  },
  "header-stripped-by-one": {
    imitates: "the proxy in front of one replica strips the x-model-affinity header",
    change: async (_healthy, context) => ((await isChosenReplica(context)) ? { session: () => undefined } : {}),
  },
  "default-session": {
    imitates: "all requests without the header share one session",
    change: ({ session }) => ({ session: (request) => session(request) ?? { id: "default" } }),
  },
  "header-case-sensitive": {
    imitates: "only the spelling x-model-affinity is recognised",
    change: ({ session }) => ({
      session: (request) => (request.rawHeaders.includes(AFFINITY_HEADER) ? session(request) : undefined),
    }),
  },
  "session-by-connection": {
    imitates: "stickiness by TCP connection, not by session id",
    change: ({ session }, { podName }) => ({
      session: (request) => {
        const { remoteAddress, remotePort } = request.socket;
        return session(request) && { id: `${podName}-${remoteAddress}:${remotePort}` };
      },
    }),
  },
  "session-by-address": {
    imitates: "stickiness by client address: all sessions of a client share one pin",
    change: ({ session }) => ({
      session: (request) => session(request) && { id: `${request.socket.remoteAddress}` },
    }),
  },
  "pin-by-pod": {
    imitates: "the pod's name is part of the key",
    change: (_healthy, { podName }) => ({ key: ({ id }) => `plano:affinity:${podName}:${id}` }),
  },
  "wrong-key": {
    imitates: "the key is the bare session id, which may collide with other keys",
    change: () => ({ key: ({ id }) => id }),
  },
  "no-tenant": {
    imitates: "the key lacks the tenant, so tenants share pins",
    change: ({ key }) => ({ key: ({ id }) => key({ id }) }),
  },
  "prefix-collision": {
    imitates: "session ids are cut to 8 characters, so sessions share pins",
    change: ({ key }) => ({ key: ({ id, tenant }) => key({ id: id.slice(0, TRUNCATED_LENGTH), tenant }) }),
  },
} satisfies FaultTable;
