import { matching, type Parser } from "./parsers";

/** Bytes of each unit. */
type Units = Readonly<Record<string, number>>;

const kubernetesUnits: Units = {
  ...{ "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 },
};

const redisUnits: Units = { "": 1, k: 1e3, kb: 2 ** 10, m: 1e6, mb: 2 ** 20, g: 1e9, gb: 2 ** 30 };

/** The size of a volume as Kubernetes writes it, at least 64 MiB. */
export const volumeSize = atLeast(
  "64Mi",
  kubernetesUnits,
  matching(/^(?=.*[1-9])\d+(\.\d+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/, "a size as Kubernetes writes it, such as 1Gi"),
);

/** An amount of memory as redis.conf writes it, at least 8 MiB. */
export const redisMemory = atLeast(
  "8mb",
  redisUnits,
  matching(/^(?=.*[1-9])\d+([kmg]b?)?$/i, "a size as Redis writes it, such as 256mb"),
);

/** A size that is not too small to be meant. */
function atLeast(least: string, units: Units, form: Parser<string>): Parser<string> {
  return (text) => {
    const size = form(text);
    if ("reason" in size || bytes(text, units) >= bytes(least, units)) return size;
    const unit = /\d$/.test(text) ? ": without a unit it means bytes" : "";
    return { reason: `${text} is less than ${least}${unit}` };
  };
}

function bytes(text: string, units: Units): number {
  const [, amount, unit = ""] = /^([\d.]+)(.*)$/.exec(text) ?? [];
  return Number(amount) * (units[unit] ?? units[unit.toLowerCase()] ?? 0);
}
