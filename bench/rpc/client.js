// @ts-check
// A process that calls one contestant's server: everything once to see that it is right, then as it is asked.

import { contestantOf, loadContestant } from "./contestants.js"
import { load } from "./load.js"
import { settingOf } from "./processes.js"
import { verify } from "./verify.js"

/** @typedef {import("./load.js").Load & { message: import("./workload.js").Message }} Cell */

const { contestant, builds, port } = settingOf(process.argv)
const { connect } = await loadContestant(contestantOf(contestant))
const caller = await connect(port, { builds, variant: contestantOf(contestant).variant })
await verify(caller)

process.on("message", (/** @type {Cell} */ cell) => {
  void load(caller.calls[cell.message], cell).then((sample) => process.send?.(sample))
})
process.on("disconnect", () => process.exit())
process.send?.("right")
