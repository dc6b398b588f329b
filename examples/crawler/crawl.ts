// Ten tasks at once, one request at a time to each host: the example by which Eventlet explained itself.

import { setTimeout as sleep } from "node:timers/promises"
import PQueue from "p-queue"
import { type FetchOptions, fetchPage } from "./fetch-page.ts"
import type { Page } from "./page.ts"
import { fetchRobots, type Robots } from "./robots.ts"

/** What to crawl, and how. */
export interface CrawlOptions extends FetchOptions {
  readonly start: string
  /** How many tasks there are at once. Default 10. */
  readonly atOnce?: number
  /** How many pages to fetch at most. Default 10,000. */
  readonly maxPages?: number
  /** Whether a link is followed. Default: where it leads to the hostname of `start`. */
  readonly isWanted?: (url: URL) => boolean
  /** Pages of an earlier crawl: they are not fetched again, but where they lead is. */
  readonly fetched?: AsyncIterable<Page> | Iterable<Page>
  /** Is awaited: a page counts as fetched when it is kept. What it throws ends the crawl. */
  readonly keep: (page: Page) => Promise<void>
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** How far a crawl is. */
export interface Progress {
  readonly fetched: number
  readonly waiting: number
  /** What could not be fetched, and why. It is tried again by the next crawl. */
  readonly failures: ReadonlyMap<string, string>
  /** How many were not asked for, because a robots.txt says so. */
  readonly disallowed: number
}

/** A host that failed this often in succession is left alone. */
const MAX_FAILURES_IN_SUCCESSION = 3

/** Crawls. Resolves when there is nothing left to fetch; rejects with the signal's reason, or what `keep` threw. */
export async function crawl(options: CrawlOptions): Promise<Progress> {
  const crawler = new Crawler(options)
  return crawler.run()
}

interface Host {
  /** One request at a time. */
  readonly line: PQueue
  readonly robots: Promise<Robots>
  failuresInSuccession: number
}

class Crawler {
  readonly #options: CrawlOptions
  readonly #tasks: PQueue
  readonly #hosts = new Map<string, Host>()
  readonly #seen = new Set<string>()
  readonly #failures = new Map<string, string>()
  readonly #ending = new AbortController()
  #isWanted: (url: URL) => boolean
  #fetched = 0
  #waiting = 0
  #disallowed = 0

  constructor(options: CrawlOptions) {
    const { hostname } = new URL(options.start)
    this.#options = options
    this.#isWanted = options.isWanted ?? ((url) => url.hostname === hostname)
    this.#tasks = new PQueue({ concurrency: options.atOnce ?? 10 })
  }

  async run(): Promise<Progress> {
    const { start, fetched = [], signal } = this.#options
    const end = (): void => this.#ending.abort(signal?.reason)
    signal?.addEventListener("abort", end, { once: true })
    try {
      signal?.throwIfAborted()
      const links: string[] = [new URL(start).href]
      for await (const page of fetched) {
        this.#seen.add(page.url)
        links.push(...page.links)
      }
      for (const link of links) this.#follow(link)
      await this.#idle()
      this.#ending.signal.throwIfAborted()
      return this.#progress
    } finally {
      signal?.removeEventListener("abort", end)
    }
  }

  #follow(link: string): void {
    const { maxPages = 10_000 } = this.#options
    if (this.#seen.size >= maxPages || this.#seen.has(link) || !this.#isWanted(new URL(link))) return
    this.#seen.add(link)
    this.#waiting++
    const host = this.#hostOf(link)
    // In the line of its host first, so that ten tasks are ten hosts.
    void host.line.add(() => this.#tasks.add(() => this.#visit(link, host)))
  }

  #hostOf(link: string): Host {
    const { origin } = new URL(link)
    let host = this.#hosts.get(origin)
    if (host === undefined) {
      const robots = fetchRobots(origin, this.#ending.signal)
      robots.catch(() => {}) // whoever visits the host learns of it
      host = { line: new PQueue({ concurrency: 1 }), robots, failuresInSuccession: 0 }
      this.#hosts.set(origin, host)
    }
    return host
  }

  async #visit(url: string, host: Host): Promise<void> {
    this.#waiting--
    if (this.#ending.signal.aborted) return
    let page: Page
    try {
      if (host.failuresInSuccession >= MAX_FAILURES_IN_SUCCESSION)
        throw new Error("Its host failed too often")
      const robots = await host.robots
      if (!robots.isAllowed(url)) {
        this.#disallowed++
        return
      }
      page = await fetchPage(url, this.#options, this.#ending.signal)
      host.failuresInSuccession = 0
      if (robots.delayMillis > 0) await sleep(robots.delayMillis, undefined, { signal: this.#ending.signal })
    } catch (error) {
      if (this.#ending.signal.aborted) return
      host.failuresInSuccession++
      this.#failures.set(url, reasonOf(error))
      return
    }
    try {
      await this.#options.keep(page)
    } catch (error) {
      return this.#ending.abort(error)
    }
    this.#fetched++
    for (const link of page.links) this.#follow(link)
    this.#options.onProgress?.(this.#progress)
  }

  /** Resolves when no line and no task is left: a page may add to either while the other is looked at. */
  async #idle(): Promise<void> {
    for (const { line } of this.#hosts.values()) await line.onIdle() // also of hosts that are found meanwhile
    await this.#tasks.onIdle()
    if ([...this.#hosts.values()].some(({ line }) => line.pending + line.size > 0)) await this.#idle()
  }

  get #progress(): Progress {
    return {
      fetched: this.#fetched,
      waiting: this.#waiting,
      failures: this.#failures,
      disallowed: this.#disallowed,
    }
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
