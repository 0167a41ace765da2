#!/usr/bin/env node
// Node 22.18 and later read TypeScript themselves.
if (!process.features.typescript) (await import("tsx/esm/api")).register()
await import("./cli.ts")
