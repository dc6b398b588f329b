import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { Numbered } from "../fixtures/numbered.ts"
import { readEvents } from "../read-events.ts"
import { all } from "../testing/all.ts"
import { newDirectory } from "../testing/directory.ts"
import { fileSource } from "./index.ts"

const program = fileURLToPath(new URL("../../dist/fixtures/record-and-end.js", import.meta.url))

test.for([
  { durability: "buffered", how: "ends", stored: 100 },
  { durability: "flushed", how: "ends", stored: 100 },
  { durability: "synced", how: "ends", stored: 100 },
  { durability: "flushed", how: "exits", stored: 0 },
])(
  "of a program that $how without closing its recorder, $stored of 100 events are stored ($durability)",
  async ({ durability, how, stored }) => {
    const directory = await newDirectory()
    const { stderr } = await promisify(execFile)(process.execPath, [program, directory, durability, how])
    expect(await all(readEvents(fileSource(directory), Numbered))).toHaveLength(stored)
    expect(stderr).toBe("")
  },
)
