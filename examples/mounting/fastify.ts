// The service as a plugin of Fastify, at /api/echo, beside a route of JSON.
//
//   npm run build && node examples/dist/mounting/fastify.js
//   npx avrolet call http://127.0.0.1:8080/api/echo split '{"query":"a b"}'

import { avroPlugin } from "@avrolet/rpc/fastify"
import fastify from "fastify"
import { echo } from "../echo/service.ts"

const app = fastify()
app.post("/json", (request) => request.body)
await app.register(avroPlugin, { prefix: "/api", path: "/echo", service: echo })

const port = Number(process.env["PORT"] ?? 8080)
await app.listen({ host: "127.0.0.1", port })
console.log(`Echo is at http://127.0.0.1:${port}/api/echo`)
