// The crawler of ten green threads, by which Eventlet explained itself, as it is today.
//
//   node crawler.js                       crawls a web of ten slow hosts on this machine: one task, then ten at once
//   node crawler.js --block               the same, with a parser that blocks: the watchdog says where
//   node crawler.js URL [--out FILE]      crawls a site into a container file, with which the next crawl goes on
//                       [--at-once N] [--max-pages N]

import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { AvroError } from "@avrolet/avro"
import { watchEventLoop } from "@avrolet/watchdog"
import { type CrawlOptions, crawl, type Progress } from "./crawl.ts"
import { openPageFile } from "./page-file.ts"
import { endProgress, progressLine } from "./show-progress.ts"
import { parseSlowly } from "./slow-parser.ts"

const BLOCK_MILLIS = 50

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string", default: "pages.avro" },
      "at-once": { type: "string", default: "10" },
      "max-pages": { type: "string", default: "10000" },
      block: { type: "boolean", default: false },
    },
  })
  const [start] = positionals
  const options = {
    atOnce: countOf("--at-once", values["at-once"]),
    maxPages: countOf("--max-pages", values["max-pages"]),
    ...(values.block ? { parse: parseSlowly } : {}),
  }
  using _watchdog = watchEventLoop({ thresholdMillis: BLOCK_MILLIS, print: "pretty" })
  if (start === undefined) {
    await compare(options)
    return
  }
  if (!/^https?:$/.test(URL.canParse(start) ? new URL(start).protocol : ""))
    throw new Refusal(`Not an http or https URL: ${start}`)
  await crawlInto(values.out, { start, ...options }, "Interrupted. The same command goes on.")
}

function countOf(name: string, value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new Refusal(`${name} takes a number from 1 on, got ${value}`)
  return Number(value)
}

type Options = Omit<CrawlOptions, "keep" | "start">

/** Crawls the same ten hosts by one task, and then by ten at once. */
async function compare(options: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "crawler-"))
  const site = spawn(process.execPath, [fileURLToPath(new URL("./site.js", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  try {
    const start = await firstLineOf(site.stdout)
    console.log("Ten hosts, each of which takes 100 ms for a page:\n")
    const oneMillis = await crawlInto(join(folder, "one.avro"), { start, ...options, atOnce: 1 })
    const tenMillis = await crawlInto(join(folder, "ten.avro"), { start, ...options })
    console.log(`\n${(oneMillis / tenMillis).toFixed(1)} times as fast with ${options.atOnce} at once.`)
  } finally {
    site.stdin.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function firstLineOf(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line
  throw new Refusal("The web of ten hosts did not start; see above for its reason.")
}

/** Resolves to how long it took. Ctrl-C ends it: what was fetched is in the file, and the next crawl goes on. */
async function crawlInto(
  path: string,
  options: Omit<CrawlOptions, "keep">,
  whenInterrupted = "Interrupted.",
): Promise<number> {
  const interrupt = new AbortController()
  const onSignal = (): void => interrupt.abort(new Refusal(whenInterrupted))
  process.once("SIGINT", onSignal)
  process.once("SIGTERM", onSignal)
  const startedAt = performance.now()
  try {
    await using file = await openPageFile(path)
    const progress = await crawl({
      ...options,
      fetched: file.pages,
      keep: file.keep,
      onProgress: progressLine(process.stderr),
      signal: interrupt.signal,
    })
    const millis = performance.now() - startedAt
    report(progress, options.atOnce ?? 1, millis)
    return millis
  } finally {
    endProgress(process.stderr)
    process.off("SIGINT", onSignal)
    process.off("SIGTERM", onSignal)
  }
}

function report({ fetched, failures, disallowed }: Progress, atOnce: number, millis: number): void {
  endProgress(process.stderr)
  const forbidden = disallowed === 0 ? "" : `, ${disallowed} forbidden by robots.txt`
  console.log(
    `${String(atOnce).padStart(4)} at once: ${fetched} pages in ${Math.round(millis)} ms${forbidden}`,
  )
  for (const [url, reason] of failures) console.log(`  ${url}: ${reason}`)
}

/** Something to say without a stack: it is not a fault of the program. */
class Refusal extends Error {}

try {
  await main()
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  const isExpected = error instanceof Refusal || error instanceof AvroError || code === "ENOSPC"
  if (!isExpected && !code?.startsWith("ERR_PARSE_ARGS")) throw error
  console.error(message)
  process.exitCode = 1
}
