// `npm run verify`. commands/bootstrap/run.mjs compiles it before it runs: through tsx it would start several times as slowly.
import "./sandbox-kubeconfig";
// The verifier's own command line prints and exits by itself.
import "../verify/cli";
