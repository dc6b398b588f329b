// The service in Express, at /api/echo, beside a route of JSON.
//
//   npm run build && node examples/dist/mounting/express.js
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

app.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1")
