// The servers of a balanced transport: which of them gets the next call, which is left alone, which comes back.

import { type ServerEvent, serverChannel } from "../diagnostics.ts"
import { discover } from "../discover.ts"
import type { Transport } from "../transport.ts"
import { BalancedServer } from "./balanced-server.ts"
import { type Outcome, outcomeOf } from "./outcome.ts"
import { type Choose, type Policy, policies } from "./policies.ts"
import type { HealthSettings } from "./server-health.ts"

/** How the servers of a set are chosen and ejected. */
export interface SetSettings extends HealthSettings {
  readonly policy: Policy
  readonly keepShare: number
  readonly probeMillis: number
}

/** Servers that share calls. */
export class ServerSet {
  readonly #settings: SetSettings
  readonly #choose: Choose
  #servers: BalancedServer[] = []
  /** Those of before that still have calls under way. */
  #leaving: BalancedServer[] = []
  #ejected = 0
  #next = 0
  #isClosed = false

  constructor(settings: SetSettings) {
    this.#settings = settings
    this.#choose = policies[settings.policy]
  }

  get all(): readonly BalancedServer[] {
    return this.#servers
  }

  /** Has these servers from now on: keeps those it has, makes transports to new ones, and lets the others end their calls. */
  update(transports: ReadonlyMap<string, () => Transport>): void {
    if (this.#isClosed) return
    const before = new Map(this.#servers.map((server) => [server.name, server]))
    const after = Array.from(transports, ([name, connect]) => {
      return before.get(name) ?? new BalancedServer(name, connect(), this.#settings)
    })
    const isFirst = before.size === 0
    for (const { name } of after) if (!isFirst && !before.has(name)) publish(name, "added")
    this.#servers = after
    this.#leaving = this.#leaving.filter(({ callsInFlight }) => callsInFlight > 0)
    for (const server of before.values()) {
      if (transports.has(server.name)) continue
      this.#leaving.push(server)
      server.remove()
      publish(server.name, "removed")
    }
    // Not all clients begin with the same server.
    if (isFirst) this.#next = Math.floor(Math.random() * after.length)
    this.#keepEnough()
  }

  /**
   * The server for the next call, which is none of these; where none of those that serve is left, one that is
   * ejected. `undefined` where all were tried.
   */
  choose(tried: ReadonlySet<BalancedServer> | undefined): BalancedServer | undefined {
    const now = performance.now()
    if (this.#ejected > 0) this.#probe(now)
    const index = this.#choose(this.#servers, this.#next, tried, now)
    if (index === -1) return this.#servers.find((server) => !tried?.has(server))
    this.#next = (index + 1) % this.#servers.length
    return this.#servers[index]
  }

  /** Notes what came of a call to one of them, also one that has been removed since; `wasOut` where it was ejected already. */
  note(server: BalancedServer, wasOut: boolean, outcome: Outcome, error?: unknown): void {
    const now = performance.now()
    if (wasOut && outcome === "good") return this.#cameBack(server)
    const verdict = server.health.note(outcome, now)
    if (verdict === "keep" || (verdict === "compare" && !this.#failsMoreThanOthers(server, now))) return
    if (!this.#servers.includes(server) || this.#serving <= this.#mustServe) return
    server.health.eject(now)
    this.#ejected++
    publish(server.name, "ejected", error)
  }

  /** Has no other servers from now on, and returns those whose transports are to be closed. */
  close(): readonly BalancedServer[] {
    this.#isClosed = true
    return [...this.#servers, ...this.#leaving]
  }

  /** Whether it fails at least twice as often as the others that serve: what fails everywhere is no fault of a server. */
  #failsMoreThanOthers(server: BalancedServer, now: number): boolean {
    let [calls, failures] = [0, 0]
    for (const { health } of this.#servers) {
      if (health === server.health || health.isOut) continue
      const others = health.latest(now)
      calls += others.calls
      failures += others.failures
    }
    const own = server.health.latest(now)
    return own.failures * calls >= 2 * failures * own.calls
  }

  get #serving(): number {
    return this.#servers.length - this.#ejected
  }

  /** How many have to serve, whatever they do. */
  get #mustServe(): number {
    return Math.max(1, Math.ceil(this.#servers.length * this.#settings.keepShare))
  }

  /** Among fewer servers than before, fewer may be ejected. */
  #keepEnough(): void {
    const ejected = this.#servers.filter(({ health }) => health.isOut)
    this.#ejected = ejected.length
    for (const server of ejected) {
      if (this.#serving >= this.#mustServe) return
      this.#readmit(server)
    }
  }

  /** Asks servers that have been left alone for long enough whether they answer: no call is risked for that. */
  #probe(now: number): void {
    for (const server of this.#servers) {
      if (!server.health.isOut || server.health.millisToTry(now) > 0) continue
      server.health.beginTry(now)
      const limits = { timeoutMillis: this.#settings.probeMillis, detached: true }
      discover(server.transport, limits).then(
        () => this.#tried(server, "good"),
        (error: unknown) => this.#tried(server, outcomeOf(error)),
      )
    }
  }

  #tried(server: BalancedServer, outcome: Outcome): void {
    if (outcome === "good") this.#cameBack(server)
    else if (server.health.isOut) server.health.tried(outcome, performance.now())
  }

  #cameBack(server: BalancedServer): void {
    if (server.health.isOut && this.#servers.includes(server)) this.#readmit(server)
  }

  #readmit(server: BalancedServer): void {
    server.health.readmit(performance.now())
    this.#ejected--
    publish(server.name, "returned")
  }
}

function publish(server: string, change: ServerEvent["change"], error?: unknown): void {
  if (!serverChannel.hasSubscribers) return
  serverChannel.publish({ server, change, ...(error === undefined ? {} : { error }) })
}
