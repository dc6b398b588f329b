// What a block was spent on, as files to look at: a CPU profile for Chrome's developer tools and speedscope, folded
// stacks for flamegraph.pl and inferno.
//
//   node examples/dist/flame/flame.js [folder]

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type Block, toCpuProfile, toFoldedStacks, watchEventLoop } from "@avrolet/watchdog"

const folder = process.argv[2] ?? "."
const blocks: Block[] = []
const watchdog = watchEventLoop({ print: false, onBlock: (block) => blocks.push(block) })
await sleep(500)
handleRequest()
watchdog.close()

const [longest] = blocks.toSorted((a, b) => b.millis - a.millis)
if (longest !== undefined) {
  writeFileSync(join(folder, "block.cpuprofile"), JSON.stringify(toCpuProfile(longest)))
  writeFileSync(join(folder, "block.folded"), toFoldedStacks(longest))
  console.log(`${longest.samples} stacks of ${longest.millis} ms, in ${folder}:`)
  console.log("  block.cpuprofile  for the Performance panel of Chrome's developer tools, and speedscope")
  console.log("  block.folded      for flamegraph.pl, inferno and speedscope")
}

function handleRequest(): void {
  parse(800)
  render(400)
}

function parse(millis: number): void {
  for (const end = Date.now() + millis; Date.now() < end; );
}

function render(millis: number): void {
  for (const end = Date.now() + millis; Date.now() < end; );
}
