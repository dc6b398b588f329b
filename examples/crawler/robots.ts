// What the hosts allow, by their robots.txt (RFC 9309).

import { createRequire } from "node:module"
import { USER_AGENT } from "./fetch-page.ts"

// Its types speak of a default export, which it does not have.
const parseRobots = createRequire(import.meta.url)("robots-parser") as ParseRobots
type ParseRobots = (url: string, text: string) => ReturnType<typeof import("robots-parser")["default"]>

const MAX_BYTES = 500 * 1024
const TIMEOUT_MILLIS = 10_000
const MAX_DELAY_MILLIS = 10_000

/** What a host asks of us. */
export interface Robots {
  isAllowed(url: string): boolean
  /** How long to wait between two requests. */
  readonly delayMillis: number
}

/** Asks a host. Where there is no such file everything is allowed; where the host cannot say, nothing is. */
export async function fetchRobots(origin: string, signal: AbortSignal): Promise<Robots> {
  const url = `${origin}/robots.txt`
  const response = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MILLIS)]),
    headers: { "user-agent": USER_AGENT },
  })
  if (response.status >= 500) throw new Error(`${url} answers ${response.status}`)
  const robots = parseRobots(url, response.ok ? await readBeginning(response) : "")
  return {
    isAllowed: (page) => robots.isAllowed(page, USER_AGENT) !== false,
    delayMillis: Math.min(MAX_DELAY_MILLIS, (robots.getCrawlDelay(USER_AGENT) ?? 0) * 1000),
  }
}

/** As much as has to be read of it, and no more. */
async function readBeginning(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_BYTES) break
  }
  return text
}
