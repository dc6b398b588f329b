// @ts-check
// A process that serves as one contestant. Says its port, and then its CPU as often as it is asked.

import { contestantOf, loadContestant } from "./contestants.js"
import { settingOf } from "./processes.js"

const { contestant, builds } = settingOf(process.argv)
const { serve } = await loadContestant(contestantOf(contestant))
const served = await serve({ builds, variant: contestantOf(contestant).variant })
const { port, cpuMicros = ownMicros } = served

process.on("message", () => {
  void cpuMicros().then((micros) => process.send?.(micros))
})
process.on("disconnect", () => process.exit())
process.send?.(port)

async function ownMicros() {
  const { user, system } = process.cpuUsage()
  return user + system
}
