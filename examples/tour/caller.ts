// The client of the tour, in a process of its own: node caller.js http://127.0.0.1:8080

import { createClient } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { Echo } from "../echo/protocol.ts"
import { Primes } from "./primes.ts"

const [address = ""] = process.argv.slice(2)

await using toEcho = httpTransport(`${address}/`)
const echo = createClient(Echo, toEcho)

const same = await echo.echo({ query: "hello" }, { timeoutMillis: 5000 })
console.log(`   echo({ query: "hello" })           →  ${JSON.stringify(same)}`)

const words = await echo.split({ query: "small services talk" }, { timeoutMillis: 5000 })
console.log(`   split({ query: "small services talk" })  →  ${JSON.stringify(words)}`)

await using toPrimes = httpTransport(`${address}/primes`)
const count = await createClient(Primes, toPrimes).count({ below: 3_000_000 }, { timeoutMillis: 60_000 })
console.log(`   count({ below: 3000000 })  →  ${count}, and nobody else was served meanwhile`)
