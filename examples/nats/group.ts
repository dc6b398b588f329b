// Two servers share the calls on a subject; one is killed, and calls go on: node examples/dist/nats/group.js
// Starts a `nats-server` of its own (apt install nats-server), or uses the one that NATS_URL names.

import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { natsTransport } from "@avrolet/nats"
import { createClient, type Metadata, RpcError, type Transport } from "@avrolet/rpc"
import { connect } from "@nats-io/transport-node"
import { Echo } from "../echo/protocol.ts"
import { lineWith, startBroker } from "./broker.ts"

const LANES = 16
const MILLIS = 1000

async function group(): Promise<void> {
  const children: ChildProcess[] = []
  try {
    const address = process.env["NATS_URL"] ?? (await startBroker(children))
    const first = await startServer(address, children)
    await startServer(address, children)

    const connection = await connect({ servers: address })
    await using transport = natsTransport(connection, { subject: "example.echo" })
    const client = createEcho(transport)
    console.log(`with both:   ${await callForAWhile(client)}`)
    first.kill("SIGKILL")
    console.log(`one killed:  ${await callForAWhile(client)}`)
    console.log(`one left:    ${await callForAWhile(client)}`)
    await transport.close()
    await connection.close()
  } finally {
    for (const child of children.toReversed()) child.kill("SIGKILL")
  }
}

const createEcho = (transport: Transport) => createClient(Echo, transport, { timeoutMillis: 500 })

/** Calls as fast as it can, and says what came of it. */
async function callForAWhile(client: ReturnType<typeof createEcho>): Promise<string> {
  const answeredBy = new Map<string, number>()
  const failed = new Map<string, number>()
  const endsAt = performance.now() + MILLIS
  const onMetadata = ({ server }: Readonly<Metadata>): void => {
    count(answeredBy, Buffer.from(server ?? []).toString())
  }
  const lane = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      await client.echo({ query: "hello" }, { onMetadata }).catch((error: unknown) => {
        if (!(error instanceof RpcError)) throw error
        count(failed, error.code)
      })
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const answers = Array.from(answeredBy, ([pid, calls]) => `${calls} answered by ${pid}`)
  const failures = Array.from(failed, ([code, calls]) => `${calls} failed with ${code}`)
  return [...answers, ...failures].join(", ")
}

const count = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1)

const SERVER = fileURLToPath(new URL("./server.js", import.meta.url))

async function startServer(address: string, children: ChildProcess[]): Promise<ChildProcess> {
  const server = spawn(process.execPath, [SERVER, address], { stdio: ["ignore", "pipe", "inherit"] })
  children.push(server)
  console.log(await lineWith(server.stdout, "serves"))
  return server
}

await group()
