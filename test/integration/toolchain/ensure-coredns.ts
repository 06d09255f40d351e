// A separate run that needs one tool; it prints where the tool came from.
import { silentProgress } from "../../../lib/progress";
import { ensureTools } from "../../../sandbox/toolchain/ensure";

void ensureTools(["coredns"], silentProgress).then(({ coredns }) => process.stdout.write(coredns.origin));
