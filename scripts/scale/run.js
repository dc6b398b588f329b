// @ts-check
// What machines carry, by simulation, and how near that is to what was measured: node scripts/scale/run.js
// docs/guide/scale.md shows both tables.

import { comparison, growth } from "./tables.js"

console.log(`${comparison()}\n\n${growth()}`)
