// The client of the tour, in a process of its own: node caller.js http://127.0.0.1:8080

import { createClient } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { Echo } from "../echo/protocol.ts"
import { Primes } from "./primes.ts"

const [address = ""] = process.argv.slice(2)

await using toEcho = httpTransport(`${address}/`)
const echo = createClient(Echo, toEcho)

const same = await echo.echo({ query: "hello" }, { timeoutMillis: 5000 })
show('echo({ query: "hello" })', same)

const words = await echo.split({ query: "small services talk" }, { timeoutMillis: 5000 })
show('split({ query: "small services talk" })', words)

await using toPrimes = httpTransport(`${address}/primes`)
const count = await createClient(Primes, toPrimes).count({ below: 3_000_000 }, { timeoutMillis: 60_000 })
show("count({ below: 3000000 })", count)

function show(call: string, answer: unknown): void {
  console.log(`   ${call.padEnd(42)} →  ${JSON.stringify(answer)}`)
}
