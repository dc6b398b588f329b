// A registry that answers what a test wants. conformance/kafka has a real one.

import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"
import {
  createSchemaRegistry,
  type SchemaRegistry,
  type SchemaRegistryOptions,
} from "../registry/registry.ts"

/** A client of it, below a path; `who` is a name and a password for its URL, as `name:password@`. Ends with the test. */
export async function registryOf(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options?: SchemaRegistryOptions,
  who = "",
): Promise<SchemaRegistry> {
  const server = createServer((request, response) => {
    response.on("error", () => undefined)
    answer(request, response)
  }).listen(0, "127.0.0.1")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, "listening")
  return createSchemaRegistry(
    `http://${who}127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    options,
  )
}
