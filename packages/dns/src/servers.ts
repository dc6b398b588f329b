// Asks DNS servers, by c-ares: sockets on the event loop, no thread. c-ares checks that a response comes from
// the server that was asked, bears its id and repeats its question; what does not is as if it never came. It
// asks again over TCP where a response is cut, and the next server where one fails.

import { type RecordWithTtl, Resolver } from "node:dns"
import type { ResolvConf } from "./resolv-conf.ts"

export type Family = 4 | 6

/** What the servers said to one question. */
export interface Answer {
  /** Empty where there are none. */
  readonly addresses: readonly string[]
  /** How long the servers let it be kept. 0 where there are no addresses: c-ares does not tell. */
  readonly ttlMillis: number
  /** Why there are no addresses: c-ares's error. ENOTFOUND and ENODATA are answers, others are failures. */
  readonly error?: NodeJS.ErrnoException
}

/** Servers that can be asked. */
export interface Servers {
  /** Their addresses, as `setServers` takes them. */
  readonly addresses: readonly string[]
  /** Asks for the addresses of one family. Never rejects. */
  ask(name: string, family: Family): Promise<Answer>
}

const MAX_IN_FLIGHT = 1000
/**
 * More in one turn of the event loop overrun the buffers of UDP sockets: 500 questions at once to a server in
 * Node took 1.3 s, because some were lost and asked again, and take 0.1 s so.
 */
const MAX_IN_TURN = 32
/** What comes while so many wait fails at once. */
const MAX_WAITING = 10_000
/** Of an answer over TCP, which has place for thousands. */
const MAX_ADDRESSES = 256

/** Whether the servers said that there is no such name, or nothing of the kind: that is no failure. */
export const isAbsence = ({ error }: Answer): boolean =>
  error?.code === "ENOTFOUND" || error?.code === "ENODATA"

/** Makes a resolver for `addresses`, or for c-ares's own choice where they are empty. Throws for what is no address. */
export function createServers(addresses: readonly string[], { tryMillis, tries }: ResolvConf): Servers {
  const resolver = new Resolver({ timeout: tryMillis, tries })
  if (addresses.length > 0) resolver.setServers(addresses)
  const queue = createQueue()
  return {
    addresses: resolver.getServers(),
    async ask(name, family) {
      const leave = await queue()
      if (leave === undefined) return failure("ETOOMANY", `${MAX_WAITING} questions wait already`)
      return query(resolver, name, family).finally(leave)
    },
  }
}

function query(resolver: Resolver, name: string, family: Family): Promise<Answer> {
  return new Promise<Answer>((resolve) => {
    const answered = (error: NodeJS.ErrnoException | null, records: RecordWithTtl[]): void => {
      if (error !== null) return resolve({ addresses: [], ttlMillis: 0, error })
      if (records.length === 0) return resolve(failure("ENODATA", `No address of family ${family}`))
      const seconds = Math.min(...records.slice(0, MAX_ADDRESSES).map(({ ttl }) => ttl))
      const addresses = [...new Set(records.slice(0, MAX_ADDRESSES).map(({ address }) => address))]
      resolve({ addresses, ttlMillis: 1000 * seconds })
    }
    if (family === 4) resolver.resolve4(name, { ttl: true }, answered)
    else resolver.resolve6(name, { ttl: true }, answered)
  }).catch((error: NodeJS.ErrnoException) => ({ addresses: [], ttlMillis: 0, error })) // c-ares had no memory
}

function failure(code: string, message: string): Answer {
  return { addresses: [], ttlMillis: 0, error: Object.assign(new Error(message), { code }) }
}

/** Lets so many in at once, and so many in a turn. Gives what is to be called on leaving, or undefined where too many wait. */
function createQueue(): () => Promise<(() => void) | undefined> {
  let inside = 0
  let inTurn = 0
  const waiting: (() => void)[] = []
  const isFull = (): boolean => inside >= MAX_IN_FLIGHT || inTurn >= MAX_IN_TURN
  const enter = (): void => {
    inside++
    if (inTurn++ > 0) return
    setImmediate(() => {
      inTurn = 0
      admit()
    })
  }
  const admit = (): void => {
    while (waiting.length > 0 && !isFull()) {
      enter()
      waiting.shift()?.()
    }
  }
  const leave = (): void => {
    inside--
    admit()
  }
  return async () => {
    if (waiting.length >= MAX_WAITING) return undefined
    if (isFull() || waiting.length > 0) await new Promise<void>((admitted) => waiting.push(admitted))
    else enter()
    return leave
  }
}
