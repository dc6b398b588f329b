// Answers, kept for as long as they may be, and one question in flight for each name and family.
//
// What is there and what is not are kept apart, so that a flood of random names, which are not there, drives
// out no address that is in use.

import type { Clock } from "./clock.ts"
import { type Answer, type Family, isAbsence } from "./servers.ts"

/** How much is kept, and for how long. */
export interface CacheLimits {
  readonly maxEntries: number
  readonly maxTtlMillis: number
  readonly negativeTtlMillis: number
  readonly staleMillis: number
}

interface Entry {
  readonly answer: Answer
  /** Until then it is given and nobody is asked. */
  freshUntil: number
  /** Until then it is given while the servers are asked. */
  readonly staleUntil: number
}

/** RFC 9520, section 3.2: what failed is not asked again for a second at least. */
const FAILURE_MILLIS = 1000

export class AnswerCache {
  readonly #ask: (name: string, family: Family) => Promise<Answer>
  readonly #limits: CacheLimits
  readonly #now: Clock
  /** In both the first entry is the one whose last use is the longest ago. */
  readonly #found = new Map<string, Entry>()
  readonly #absent = new Map<string, Entry>()
  readonly #asking = new Map<string, Promise<Answer>>()

  /** `ask` never rejects. */
  constructor(ask: (name: string, family: Family) => Promise<Answer>, limits: CacheLimits, now: Clock) {
    this.#ask = ask
    this.#limits = limits
    this.#now = now
  }

  /** An answer that is kept, or the promise of one. */
  get(name: string, family: Family): Answer | Promise<Answer> {
    const key = `${family} ${name}`
    const kept = this.#use(this.#found, key) ?? this.#use(this.#absent, key)
    if (kept === undefined) return this.#askOnce(key, name, family)
    if (this.#now() >= kept.freshUntil) void this.#askOnce(key, name, family)
    return kept.answer
  }

  #use(entries: Map<string, Entry>, key: string): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    entries.delete(key)
    if (this.#now() >= entry.staleUntil) return undefined
    entries.set(key, entry)
    return entry
  }

  #askOnce(key: string, name: string, family: Family): Promise<Answer> {
    let asking = this.#asking.get(key)
    if (asking === undefined) {
      asking = this.#ask(name, family).then((answer) => {
        this.#asking.delete(key)
        this.#keep(key, answer)
        return answer
      })
      this.#asking.set(key, asking)
    }
    return asking
  }

  #keep(key: string, answer: Answer): void {
    const { maxTtlMillis, negativeTtlMillis, staleMillis } = this.#limits
    if (answer.addresses.length > 0) {
      this.#absent.delete(key)
      this.#put(this.#found, key, answer, Math.min(answer.ttlMillis, maxTtlMillis), staleMillis)
    } else if (isAbsence(answer)) {
      this.#found.delete(key)
      this.#put(this.#absent, key, answer, negativeTtlMillis, 0)
    } else {
      const stale = this.#found.get(key)
      if (stale === undefined) this.#put(this.#absent, key, answer, FAILURE_MILLIS, 0)
      else stale.freshUntil = this.#now() + FAILURE_MILLIS
    }
  }

  #put(
    entries: Map<string, Entry>,
    key: string,
    answer: Answer,
    ttlMillis: number,
    staleMillis: number,
  ): void {
    entries.delete(key)
    if (ttlMillis === 0) return
    const freshUntil = this.#now() + ttlMillis
    entries.set(key, { answer, freshUntil, staleUntil: freshUntil + staleMillis })
    if (entries.size > this.#limits.maxEntries) entries.delete(entries.keys().next().value as string)
  }
}
