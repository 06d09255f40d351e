import { quantity, redisBytes } from "../lib/quantities";
import { matching, type Parser } from "./parsers";

/** The size of a volume as Kubernetes writes it, at least 64 MiB. */
export const volumeSize = atLeast(
  "64Mi",
  quantity,
  matching(/^(?=.*[1-9])\d+(\.\d+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/, "a size as Kubernetes writes it, such as 1Gi"),
);

/** An amount of memory as redis.conf writes it, at least 8 MiB. */
export const redisMemory = atLeast(
  "8mb",
  redisBytes,
  matching(/^(?=.*[1-9])\d+([kmg]b?)?$/i, "a size as Redis writes it, such as 256mb"),
);

/** A size that is not too small to be meant. */
function atLeast(least: string, bytes: (text: string) => number, form: Parser<string>): Parser<string> {
  return (text) => {
    const size = form(text);
    if ("reason" in size || bytes(text) >= bytes(least)) return size;
    const unit = /\d$/.test(text) ? ": without a unit it means bytes" : "";
    return { reason: `${text} is less than ${least}${unit}` };
  };
}
