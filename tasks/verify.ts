// The verifier's own command line; it prints and exits by itself.
import "../verify/cli";
