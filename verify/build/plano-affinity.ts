#!/usr/bin/env node
// The installed command `plano-affinity`.
import "../cli";
