// The service in Hono, at /api/echo, beside a route of JSON. On Node through an adapter; on Bun, Deno and
// workers the same with `export default app`.
//
//   npm run build && node examples/dist/mounting/hono.js
//   npx avrolet call http://127.0.0.1:8080/api/echo split '{"query":"a b"}'

import { fetchHandler } from "@avrolet/rpc/fetch"
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { echo } from "../echo/service.ts"

const app = new Hono()
const handle = fetchHandler(echo)
app.post("/api/echo", (context) => handle(context.req.raw))
app.post("/json", async (context) => context.json(await context.req.json()))

const port = Number(process.env["PORT"] ?? 8080)
serve({ fetch: app.fetch, hostname: "127.0.0.1", port })
console.log(`Echo is at http://127.0.0.1:${port}/api/echo`)
