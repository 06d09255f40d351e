/** Under this name the verifier's own connections stand in Redis' CLIENT LIST. */
export const ownConnectionName = "plano-affinity-verify";
