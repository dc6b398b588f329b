// On whose behalf the thread works: which message, which HTTP request, and what the program's own storages hold.
//
// Each is held in an AsyncLocalStorage, which keeps it throughout a handler, in all that this awaits, and in the
// probe that interrupts it. Messages come from @avrolet/rpc over node:diagnostics_channel, without importing it: rpc
// runs each handler inside `channel("avrolet:rpc.serve").runStores(call, handler)`. HTTP requests come from node:http.
// What either has started may go on for ever (an interval, a pool): once it is over that is on nobody's behalf.
//
// `current()` runs in the probe: no regular expression, no getter and no method of the program may run there.

import { AsyncLocalStorage } from "node:async_hooks"
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel"
import { isMap, isProxy } from "node:util/types"
import { WatchdogError } from "./errors.ts"

/** What a stack was taken on behalf of, as far as known. */
export interface Served {
  /** The Avro RPC message being served, as `namespace.Protocol.message`; until its handler is done. */
  readonly request?: string
  /** The HTTP request being served, as method and path, without the query; until its response is finished. */
  readonly httpRequest?: string
  /** What the storages held that were named in `contexts`: `{ tenant: "acme", "session.id": "7" }`. */
  readonly contexts?: Readonly<Record<string, string>>
}

/** The storages of a program whose contents are to be told, by the names they are to be told under. */
export type Contexts = Readonly<Record<string, AsyncLocalStorage<unknown>>>

export interface Following {
  current: () => Served
  stop: () => void
}

const SERVE_CHANNEL = "avrolet:rpc.serve"
const HTTP_CHANNEL = "http.server.request.start"
const MAX_TEXT_LENGTH = 200
const MAX_ENTRIES = 16

/**
 * Follows what is being served until `stop()`.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_OPTION`: one of the contexts is no `AsyncLocalStorage`.
 */
export function followServed(followHttp: boolean, contexts: Contexts = {}): Following {
  const storages = Object.entries(contexts)
  for (const [name, storage] of storages) checkStorage(name, storage)
  const messages = followMessages()
  const httpRequests = followHttp ? followHttpRequests() : undefined
  return {
    current: () => {
      const request = messages.current()
      const httpRequest = httpRequests?.current()
      const told = tellContexts(storages)
      return {
        ...(request !== undefined && { request }),
        ...(httpRequest !== undefined && { httpRequest }),
        ...(told !== undefined && { contexts: told }),
      }
    },
    stop: () => {
      messages.stop()
      httpRequests?.stop()
    },
  }
}

interface Followed {
  current: () => string | undefined
  stop: () => void
}

function followMessages(): Followed {
  const calls = new AsyncLocalStorage<unknown>()
  const served = channel(SERVE_CHANNEL)
  served.bindStore(calls, (call) => call)
  return {
    current: () => messageOf(calls.getStore()),
    stop: () => {
      served.unbindStore(calls)
      calls.disable()
    },
  }
}

interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly response: unknown
}

// node:http does not run its handlers with a store, it only tells that one is about to run, on the same stack.
function followHttpRequests(): Followed {
  const requests = new AsyncLocalStorage<HttpRequest>()
  const begin = (published: unknown): void => {
    const { request, response } = (published ?? {}) as HttpExchange
    const { method, url } = request ?? {}
    if (typeof method === "string" && typeof url === "string") requests.enterWith({ method, url, response })
  }
  subscribe(HTTP_CHANNEL, begin)
  return {
    current: () => {
      const request = requests.getStore()
      return request === undefined || isClosed(request.response) ? undefined : nameOfHttp(request)
    },
    stop: () => {
      unsubscribe(HTTP_CHANNEL, begin)
      requests.disable()
    },
  }
}

/** What node:http publishes, in the parts that are asked for. Its `url` is kept at once: Express changes it. */
interface HttpExchange {
  readonly request?: { readonly method?: unknown; readonly url?: unknown }
  readonly response?: unknown
}

// Its own property in every Node: true once the response is finished, or its client gone.
function isClosed(response: unknown): boolean {
  if (typeof response !== "object" || response === null || isProxy(response)) return false
  return Object.getOwnPropertyDescriptor(response, "destroyed")?.value === true
}

function nameOfHttp({ method, url }: HttpRequest): string {
  const query = url.indexOf("?")
  return `${method} ${cut(query < 0 ? url : url.slice(0, query))}`
}

// Anybody may publish on a channel: take nothing for granted, and run no getter that could throw.
function messageOf(call: unknown): string | undefined {
  if (typeof call !== "object" || call === null) return undefined
  try {
    const { protocol, message, isOver } = call as Readonly<Record<string, unknown>>
    return typeof protocol === "string" && typeof message === "string" && isOver !== true
      ? cut(`${protocol}.${message}`)
      : undefined
  } catch {
    return undefined
  }
}

function tellContexts(
  storages: readonly (readonly [string, AsyncLocalStorage<unknown>])[],
): Record<string, string> | undefined {
  const entries = storages.flatMap(([name, storage]) => entriesOf(name, Reflect.apply(getStore, storage, [])))
  return entries.length > 0 ? Object.fromEntries(entries.slice(0, MAX_ENTRIES)) : undefined
}

// A store is told if it is a text, a number or a boolean; else those of its own properties or entries that are.
function entriesOf(name: string, store: unknown): [string, string][] {
  const text = textOf(store)
  if (text !== undefined) return [[name, text]]
  if (typeof store !== "object" || store === null || isProxy(store)) return []
  return partsOf(store)
    .slice(0, MAX_ENTRIES)
    .flatMap(([key, value]) => {
      const part = textOf(value)
      return part === undefined || typeof key !== "string" ? [] : [[`${name}.${cut(key)}`, part]]
    })
}

// Not the methods of the object, which may be the program's own.
const getStore: () => unknown = Reflect.get(AsyncLocalStorage.prototype, "getStore")
const entriesOfMap: () => Iterable<[unknown, unknown]> = Reflect.get(Map.prototype, "entries")

function partsOf(store: object): readonly (readonly [unknown, unknown])[] {
  if (!isMap(store)) {
    return Object.keys(store).map((key) => [key, Object.getOwnPropertyDescriptor(store, key)?.value])
  }
  const entries: (readonly [unknown, unknown])[] = []
  for (const entry of Reflect.apply(entriesOfMap, store, [])) {
    if (entries.push(entry) === MAX_ENTRIES) break
  }
  return entries
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return cut(value)
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return String(value)
  return undefined
}

const cut = (text: string): string =>
  text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text

function checkStorage(name: string, storage: unknown): void {
  if (storage instanceof AsyncLocalStorage) return
  throw new WatchdogError(
    "ERR_WATCHDOG_OPTION",
    `contexts.${name} is no AsyncLocalStorage; give the storage itself, as in { ${name}: storage }`,
  )
}
