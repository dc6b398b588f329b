// The service in Express, at /api/echo, beside a route of JSON.
//
//   npm run build && node examples/dist/mounting/express.js
//   npx avrolet call http://127.0.0.1:8080/api/echo split '{"query":"a b"}'
//
// The handler reads the body itself, so it comes before every parser that might: `express.json()` leaves
// `avro/binary` alone, but `express.raw({ type: "*/*" })` does not.

import { httpHandler } from "@avrolet/rpc/http"
import express from "express"
import { echo } from "../echo/service.ts"

const app = express()
app.use("/api/echo", httpHandler(echo))
app.use(express.raw({ type: "*/*" }))
app.post("/json", (request, response) => {
  response.json(JSON.parse(String(request.body)))
})

const port = Number(process.env["PORT"] ?? 8080)
app.listen(port, "127.0.0.1")
console.log(`Echo is at http://127.0.0.1:${port}/api/echo`)
