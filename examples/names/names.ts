// A client that finds its server by a name, without the thread pool; and what was looked up.
//
//   npm run build && node examples/dist/names/names.js

import { subscribe } from "node:diagnostics_channel"
import { type LookupEvent, lookup } from "@avrolet/dns"
import { createClient } from "@avrolet/rpc"
import { httpTransport, serveHttp } from "@avrolet/rpc/http"
import { Echo } from "../echo/protocol.ts"
import { echo } from "../echo/service.ts"

subscribe("avrolet:dns.lookup", (event) => {
  const { hostname, source, addresses, error } = event as LookupEvent
  const answer = addresses?.map(({ address }) => address).join(", ") ?? error?.message
  console.log(`${hostname}: ${answer} (${source ?? "nowhere"})`)
})

await using server = await serveHttp(echo, { port: 0 })
for (const host of ["echo.localhost", "echo..nowhere"]) {
  await using transport = httpTransport(`http://${host}:${server.port}`, { lookup })
  const answer = createClient(Echo, transport).echo({ query: `hello from ${host}` })
  console.log(await answer.catch((error: Error) => error.message))
}
