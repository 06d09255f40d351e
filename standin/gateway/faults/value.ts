import { type FaultTable, storeWith } from "./fault";

/** Bugs in what is written under the key, and in what follows from the decision. */
export const valueFaults = {
  "value-missing": {
    imitates: "a half-done migration: the pin is under a new key, and the old key is empty",
    change: storeWith((store) => ({
      get: (key) => store.get(`${key}:v2`),
      async put(key, value, ttl) {
        await store.put(key, "", ttl);
        await store.put(`${key}:v2`, value, ttl);
      },
    })),
  },
  "value-wrong-model": {
    imitates: "model_name holds the model asked for; the one served is in another field",
    change: ({ decode }) => ({
      encode: (pin, requestedModel) =>
        JSON.stringify({ model_name: requestedModel, route_name: pin.routeName, resolved_model: pin.modelName }),
      decode(value) {
        const pin = decode(value);
        if (pin === undefined) return undefined;
        const { resolved_model: resolved } = JSON.parse(value) as { resolved_model?: string };
        return { ...pin, modelName: resolved ?? pin.modelName };
      },
    }),
  },
  "value-schema": {
    imitates: 'a rolling update across 0.4.28: the value is {"anchor_model": …}, which 0.4.27 cannot read',
    change: () => ({
      encode: ({ modelName }) => JSON.stringify({ anchor_model: modelName }),
      decode: (value) => ({ modelName: (JSON.parse(value) as { anchor_model: string }).anchor_model, routeName: null }),
    }),
  },
  "pins-requested-model": {
    imitates: "the pin names the model asked for, not the one that routing chose",
    change: () => ({
      encode: ({ routeName }, requestedModel) => JSON.stringify({ model_name: requestedModel, route_name: routeName }),
    }),
  },
  "fallback-model": {
    imitates: "a fallback that ignores pins: every second request pinned to another model gets the one asked for",
    change({ calledModel }) {
      let pinnedElsewhere = 0;
      return {
        calledModel(decision, requested) {
          const model = calledModel(decision, requested);
          if (!decision.pinned || model === requested) return model;
          return ++pinnedElsewhere % 2 === 0 ? requested : model;
        },
      };
    },
  },
  "upstream-model-drift": {
    imitates: "the pin is found and shown in the span, but the upstream is asked for the request's model",
    change: ({ calledModel }) => ({
      calledModel: (decision, requested) => (decision.pinned ? requested : calledModel(decision, requested)),
    }),
  },
  "error-every-nth": {
    imitates: "a worker that crashes: every tenth request gets status 500",
    change: () => ({ failsRequest: (n) => n % 10 === 0 }),
  },
} satisfies FaultTable;

/** Bugs that only traces show, and bugs in the traces. */
export const traceFaults = {
  "trace-always-routing": {
    imitates: "the routing model is asked, and paid, although the pin holds",
    change: () => ({ alwaysRoute: true }),
  },
  "no-traces": {
    imitates: "spans are never exported: sampling at 0, or a wrong collector address",
    change: () => ({ exportSpans: false }),
  },
  "wrong-pod-attribute": {
    imitates: "the pod's name on spans is a constant from the image",
    change: ({ spanAttributes }) => ({ spanAttributes: { ...spanAttributes, "k8s.pod.name": "plano-0" } }),
  },
} satisfies FaultTable;
