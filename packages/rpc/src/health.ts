// A protocol by which anybody learns whether a server is to be called: balancers, supervisors, people. It is an
// Avro protocol like any other, so whoever speaks Avro RPC can ask, with what docs/reference/health.md shows.

import { protocol } from "@avrolet/avro"
import { implement, type Service } from "./implement.ts"

/** The protocol. `check` says whether calls should come (readiness), `alive` whether the process is worth keeping. */
export const Health = protocol({
  protocol: "Health",
  namespace: "avrolet",
  types: [
    {
      type: "enum",
      name: "Status",
      symbols: ["UNKNOWN", "SERVING", "NOT_SERVING"],
      default: "UNKNOWN", // what an older client makes of a status that is added
    },
  ],
  messages: {
    check: {
      doc: "Of a protocol or a message by its full name, or of everything here. UNKNOWN is what is not served here.",
      request: [{ name: "service", type: ["null", "string"], default: null }],
      response: "Status",
    },
    alive: { doc: "Whether the process is worth keeping.", request: [], response: "boolean" },
  },
})

/** Says whether something is as it should be. What it throws is a no. */
export type HealthCheck = () => boolean | Promise<boolean>

/** What a health is made of. */
export interface HealthOptions {
  /** Whether a service, or one of its messages, can be served, by its full name: `{ "example.Echo": () => database.isUp }`. Default: it can. */
  readonly ready?: Readonly<Record<string, HealthCheck>>
  /** Whether the process is worth keeping. Default: it is, since it answers. */
  readonly alive?: HealthCheck
  /** How long a check may take; then it is a no. Default 1000. */
  readonly checkMillis?: number
  /** For how long what a check said is kept, so that a flood of questions asks it once. Default 1000. */
  readonly keepMillis?: number
}

/** The health of some services. */
export interface HealthService {
  /** To be served beside them, or at an address of its own. */
  readonly service: Service
  /** Has `check` answer NOT_SERVING from now on: to be called some seconds before the servers are closed, so that balancers notice. */
  drain(): void
}

/**
 * Makes the health of services, to be served beside them: `serveTcp([echo, health.service], …)`. A service is
 * NOT_SERVING while one of its checks says so, and from when a server of it is closed, or `drain` is called; all of
 * them together are when one is.
 *
 * Throws a `TypeError` for a check of what is neither a service of these nor a message of one.
 */
export function createHealth(services: readonly Service[], options: HealthOptions = {}): HealthService {
  const { ready = {}, alive = () => true, checkMillis = 1000, keepMillis = 1000 } = options
  const subjects = subjectsOf(services)
  const unknown = Object.keys(ready).find((name) => !subjects.has(name))
  if (unknown !== undefined)
    throw new TypeError(`A check of ${unknown}, which is no service here and no message of one`)
  const keep = (check: HealthCheck): HealthCheck => kept(check, checkMillis, keepMillis)
  const checks = new Map(Object.entries(ready).map(([name, check]) => [name, keep(check)]))
  const isAlive = keep(alive)
  let isDraining = false

  async function isServing(names: readonly string[]): Promise<boolean> {
    const isClosing = names.some((name) => subjects.get(name)?.["~life"].isClosing)
    if (isDraining || isClosing) return false
    const said = await Promise.all(names.map(async (name) => checks.get(name)?.() ?? true))
    return said.every(Boolean)
  }

  const service = implement(Health, {
    check: async ({ service: name }) => {
      const names = name === null ? [...subjects.keys()] : withServices(name, subjects)
      if (names.length === 0 && name !== null) return "UNKNOWN"
      return (await isServing(names)) ? "SERVING" : "NOT_SERVING"
    },
    alive: async () => isAlive(),
  })
  return {
    service,
    drain() {
      isDraining = true
    },
  }
}

/** What can be asked for: protocols and their messages by full name. */
function subjectsOf(services: readonly Service[]): ReadonlyMap<string, Service> {
  return new Map(
    services.flatMap((service) => {
      const { name, messages } = service.protocol
      const names = [name, ...Object.keys(messages).map((message) => `${name}.${message}`)]
      return names.map((one) => [one, service] as const)
    }),
  )
}

/** A message is served where its service is; a service, whatever one of its messages is. */
function withServices(name: string, subjects: ReadonlyMap<string, Service>): string[] {
  const service = subjects.get(name)
  if (service === undefined) return []
  return [...new Set([name, service.protocol.name])]
}

/** Asks a check once at a time, for as long as it may take, and remembers for a while what it said. */
function kept(check: HealthCheck, checkMillis: number, keepMillis: number): HealthCheck {
  let said: Promise<boolean> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    if (said === undefined || now - askedAt > keepMillis) {
      askedAt = now
      said = within(checkMillis, check)
    }
    return said
  }
}

async function within(millis: number, check: HealthCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, millis, false)
  })
  try {
    const said: unknown = await Promise.race([check(), late])
    return said === true
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
