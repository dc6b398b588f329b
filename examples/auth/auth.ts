// Who may call: by certificate, over TCP and over HTTPS, and by token. Each door is tried by somebody who may
// and by somebody who may not.
//
//   npm run build && node examples/dist/auth/auth.js

import { createClient, type Interceptor, type Transport } from "@avrolet/rpc"
import { httpTransport, serveHttp } from "@avrolet/rpc/http"
import { serveTcp, tcpTransport } from "@avrolet/rpc/tcp"
import { Accounts, createAccounts } from "./accounts.ts"
import { createAuthority } from "./authority.ts"
import { requireToken, sendToken } from "./tokens.ts"

using ours = createAuthority("Ours")
using theirs = createAuthority("Theirs")
const ca = ours.certificate
const us = ours.issue("a client of ours")
const stranger = theirs.issue("a stranger")

// With `requestCert` nobody gets in whose certificate is not of this authority.
const tls = { ...ours.issue("accounts"), ca, requestCert: true }
await using tcp = await serveTcp(createAccounts(), { port: 0, tls })
await using https = await serveHttp(createAccounts(), { port: 0, tls })
const url = `https://127.0.0.1:${https.port}`

await call("over TCP, with our certificate", tcpTransport({ port: tcp.port, tls: { ca, ...us } }))
await call("over TCP, with a stranger's", tcpTransport({ port: tcp.port, tls: { ca, ...stranger } }))
await call("over TCP, without one", tcpTransport({ port: tcp.port, tls: { ca } }))
await call("over HTTPS, with our certificate", httpTransport(url, { tls: { ca, ...us } }))
await call("over HTTPS, with a stranger's", httpTransport(url, { tls: { ca, ...stranger } }))
await call("over HTTPS, without one", httpTransport(url, { tls: { ca } }))

// A token is only as secret as its way: over TLS, or within the machine as here.
const guard = requireToken({ "token-of-the-shop": ["balance"], "token-of-the-bank": ["balance", "pay"] })
await using guarded = await serveTcp(createAccounts([guard]), { port: 0 })
const toGuarded = (): Transport => tcpTransport({ port: guarded.port })

await call("with a token", toGuarded(), [sendToken("token-of-the-shop")])
await call("with a token that is none", toGuarded(), [sendToken("guessed")])
await call("without a token", toGuarded())

async function call(how: string, transport: Transport, interceptors: Interceptor[] = []): Promise<void> {
  const accounts = createClient(Accounts, transport, { interceptors, timeoutMillis: 5000 })
  try {
    console.log(`${how}: ${await accounts.balance({ account: "ada" })}`)
  } catch (error) {
    console.log(`${how}: ${String(error)}`)
  } finally {
    await transport.close()
  }
}
