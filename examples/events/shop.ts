// A shop that records its orders until it is killed, and prints how many of them are stored: node shop.js <directory>

import { writeSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { createRecorder } from "@avrolet/events"
import { fileSink } from "@avrolet/events/file"
import { Ordered } from "./order.ts"

const [directory = "events", first = "0"] = process.argv.slice(2)
const countries = ["FR", "NL", "PT"]

await using recorder = createRecorder(fileSink(directory), { service: "shop" })
for (let number = Number(first); ; number++) {
  const country = countries[number % countries.length] ?? ""
  recorder.record(Ordered, { number, country, millis: (number % 100) + (number % 3) * 10 })
  if (number % 100 < 99) continue
  await setTimeout(1)
  writeSync(1, `${recorder.stats().acknowledged}\n`)
}
