// A service that is served over a broker, with a transport to it, as most tests want it.

import type { Service } from "@avrolet/rpc"
import type { NatsConnection } from "@nats-io/nats-core"
import { type NatsServer, type ServeNatsOptions, serveNats } from "../serve.ts"
import { type NatsTransport, type NatsTransportOptions, natsTransport } from "../transport.ts"
import type { Broker } from "./nats-server.ts"

/** Both ends, each on a connection of its own. Ends with its scope. */
export interface Served extends AsyncDisposable {
  readonly subject: string
  readonly back: NatsConnection
  readonly front: NatsConnection
  readonly server: NatsServer
  readonly transport: NatsTransport
}

interface Options {
  readonly server?: Omit<ServeNatsOptions, "subject">
  readonly transport?: Omit<NatsTransportOptions, "subject">
}

let subjects = 0

/** A subject that no other test uses. */
export const freshSubject = (): string => `test.${subjects++}`

/** Serves on a subject of its own. */
export async function serveOver(broker: Broker, service: Service, options: Options = {}): Promise<Served> {
  const subject = freshSubject()
  const [back, front] = await Promise.all([broker.connect(), broker.connect()])
  const server = await serveNats(back, service, { subject, ...options.server })
  const transport = natsTransport(front, { subject, ...options.transport })
  return {
    subject,
    back,
    front,
    server,
    transport,
    async [Symbol.asyncDispose]() {
      await transport.close({ timeoutMillis: 1 })
      await server.close({ timeoutMillis: 1 })
      await Promise.all([back.close(), front.close()])
    },
  }
}
