/** What the package `plano-affinity-stack` gives to other programs. */
export { PlanoStack, type PlanoStackArgs } from "./plano-stack";
export { type Affinity, Proof, type ProofArgs } from "./proof/proof";
