#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Types are stripped and code is compiled once, not at every start: a hub that was lost is back sooner.
enableCompileCache();
const { runHub } = await import("./process/mod.ts");
await runHub(process.argv.slice(2), process.env);
