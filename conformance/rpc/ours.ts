// Our end: the service of ../protocols, served over HTTP or TCP, and our client.

import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Message, Protocol } from "@avrolet/avro"
import {
  type CallContext,
  createClient,
  DeclaredError,
  implement,
  RpcError,
  type Service,
  type Transport,
} from "@avrolet/rpc"
import { httpHandler } from "@avrolet/rpc/http"
import { serveTcp } from "@avrolet/rpc/tcp"
import type { Call, Outcome } from "./outcome.ts"
import type { Over } from "./peers.ts"

/** A server of ours under way. Ends with its scope. */
export interface OurServer extends AsyncDisposable {
  readonly port: number
  /** What went over HTTP: bodies as they were, in the order in which they were answered. */
  readonly bodies: readonly { readonly request: Buffer; readonly response: Buffer }[]
  /** What the handlers were told about their calls. */
  readonly contexts: readonly CallContext[]
}

/** Serves the service of a protocol at a free port of 127.0.0.1. */
export async function serve(
  over: Over,
  protocol: Protocol,
  options: Parameters<typeof implement>[2] = {},
): Promise<OurServer> {
  const contexts: CallContext[] = []
  const service = implement(protocol, handlers(protocol, contexts) as never, options)
  return { ...(over === "http" ? await serveHttp(service) : await overTcp(service)), contexts }
}

/** Makes calls with one client of ours, one after the other, and resolves to what came of the last. */
export async function call(
  transport: Transport,
  protocol: Protocol,
  ...calls: readonly Call[]
): Promise<Outcome> {
  const client = createClient(protocol, transport)
  let outcome: Outcome | undefined
  for (const { message, parameters, options } of calls) {
    outcome = await outcomeOf(async () => client[message]?.(parameters, options))
  }
  if (outcome === undefined) throw new TypeError("There is nothing to call")
  return outcome
}

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await run() }
  } catch (error) {
    if (error instanceof DeclaredError) return { declared: error.errorName, value: error.value }
    if (error instanceof RpcError) return { failed: error.message }
    throw error
  }
}

/** Most messages answer the value they get. */
function handlers(protocol: Protocol, contexts: CallContext[]): Record<string, unknown> {
  const notes: string[] = []
  const handle = (message: Message, { value, separator = " " }: Given): unknown => {
    switch (message.name) {
      case "promoted":
      case "items":
      case "branch":
      case "renamed":
      case "color":
        return textOf(value)
      case "join":
        return (value as string[]).join(separator)
      case "optional":
        return value === "" && Array.isArray(message.response.definition) ? null : value
      case "fail":
        throw failure(protocol, value as string)
      case "note":
      case "turned":
        notes.push(value as string)
        return null
      case "notes":
        return notes
      default:
        return value ?? null
    }
  }
  return Object.fromEntries(
    Object.values(protocol.messages).map((message) => [
      message.name,
      (parameters: Given, context: CallContext) => {
        contexts.push(context)
        return handle(message, parameters)
      },
    ]),
  )
}

interface Given {
  readonly value?: unknown
  readonly separator?: string
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(",")
  return String(typeof value === "object" && value !== null ? Object.values(value)[0] : value)
}

function failure(protocol: Protocol, how: string): Error {
  const name = `conformance.${how}`
  const type = protocol.types.get(name)
  if (type === undefined) return new Error(how)
  const { fields } = type.definition as { fields: { name: keyof typeof errorFields }[] }
  return new DeclaredError(
    name,
    Object.fromEntries(fields.map((field) => [field.name, errorFields[field.name]])),
  )
}

/** What the fields of any error hold, by their names. */
const errorFields = {
  reason: "there is no such thing",
  hint: "look elsewhere",
  code: 7,
  by: "SPADES",
  short: true,
}

async function serveHttp(service: Service) {
  const bodies: { request: Buffer; response: Buffer }[] = []
  const handle = httpHandler(service)
  const server = createServer((request, response) => {
    record(request, response, bodies)
    handle(request, response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

/** Listens to both bodies, beside whoever reads and writes them. */
function record(
  request: IncomingMessage,
  response: ServerResponse,
  bodies: { request: Buffer; response: Buffer }[],
): void {
  const chunks: Buffer[] = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  const end = response.end.bind(response)
  response.end = ((body: Uint8Array = new Uint8Array(0)) => {
    bodies.push({ request: Buffer.concat(chunks), response: Buffer.from(body) })
    return end(body)
  }) as typeof response.end
}

async function overTcp(service: Service) {
  const server = await serveTcp(service, { port: 0 })
  return { port: server.port as number, bodies: [], [Symbol.asyncDispose]: () => server.close() }
}
