// Services on a subject, as one of the servers of a queue group.

import { RpcError } from "@avrolet/rpc"
import {
  type AdmissionOptions,
  type CloseOptions,
  checkLimits,
  createServiceChoice,
  type Services,
  setClosing,
} from "@avrolet/rpc/for-transports"
import type { NatsConnection, Subscription } from "@nats-io/nats-core"
import { type ConnectionListener, watchConnection } from "./connection-watch.ts"
import { answerDiscovery, type Identity, identityOf } from "./discovery.ts"
import { outboxOf } from "./outbox.ts"
import { ServedSubject } from "./served-subject.ts"
import { cancelSubject, checkSubject } from "./subject.ts"

/** Where and how `serveNats` serves. */
export interface ServeNatsOptions extends AdmissionOptions {
  /** The subject to serve; calls are given up on `<subject>.$CANCEL`. */
  readonly subject: string
  /** The queue group: each call goes to one of the servers that name the same. Default `q`, as NATS's services have it. */
  readonly queue?: string
  /** The largest request accepted. Default 4 MiB; the broker's own `max_payload` is 1 MiB unless set. */
  readonly maxMessageBytes?: number
  /** The name to be discovered by: letters, digits, `-` and `_`. Default: the first protocol's, with `_` for its dots. */
  readonly name?: string
  /** The version to be discovered with, as semver.org has it. Default `0.0.0`. */
  readonly version?: string
  /** What is told people who discover it. Default: nothing. */
  readonly description?: string
}

/** Services that are being served. */
export interface NatsServer extends AsyncDisposable {
  /** What tells this server from the others of its name, in what is discovered. */
  readonly id: string
  /**
   * Takes no more calls, serves those that the broker has sent already, and resolves when all are answered: for at
   * most `timeoutMillis` (default 10,000), then their handlers are told, and their clients that the server was
   * closed. The connection stays open: it is yours.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Serves a service, or several whose protocols have different names, to `natsTransport`; resolves when the broker
 * has this server in the queue group. The handshake tells which service a request is for. Bad bytes are refused and
 * published on `avrolet:rpc.refused`; so is a call beyond `maxCallsInFlight` or `maxLatenessMillis`, and its client
 * gets `ERR_RPC_OVERLOADED`. Answers discovery (`$SRV.PING`, `$SRV.INFO`, `$SRV.STATS`) as NATS's services do.
 *
 * Rejects with `ERR_RPC_LISTEN` when the connection is closed or may not listen there, and with a `TypeError` for
 * a subject, a queue group, a name or a version that is none, or no limit that can be.
 */
export async function serveNats(
  connection: NatsConnection,
  services: Services,
  options: ServeNatsOptions,
): Promise<NatsServer> {
  const { subject, queue = "q", maxMessageBytes = 4 * 1024 * 1024 } = options
  const { description = "", maxCallsInFlight, maxLatenessMillis } = options
  checkSubject("subject", subject)
  checkSubject("queue", queue)
  checkLimits({ maxMessageBytes, maxCallsInFlight, maxLatenessMillis })
  const choice = createServiceChoice(services)
  const identity = identityOf(choice.first, options)
  const served = new ServedSubject(connection, choice, maxMessageBytes, options)
  const { calls, cancels } = await listen(connection, served, identity, {
    subject,
    queue,
    description,
  }).catch((error: unknown) => {
    served.admission.close()
    throw error
  })

  setClosing(choice, false)
  const listener: ConnectionListener = {
    onClosed() {
      setClosing(choice, true)
      served.breakOff(new RpcError("ERR_RPC_CONNECTION", "The connection to NATS is closed"))
      served.refused(new Error("the connection is closed for good")) // nobody else tells that it serves no more
    },
  }
  const watch = watchConnection(connection)
  watch.add(listener)

  const end = async (): Promise<void> => {
    // What was on its way when the broker heard of it is still served.
    await Promise.allSettled(calls.map((subscription) => subscription.drain()))
    await served.onceIdle()
    outboxOf(connection).flush()
    if (!watch.isDown) await connection.flush().catch(() => {}) // the answers are out, unless it broke just now
  }
  const close = async (timeoutMillis: number): Promise<void> => {
    setClosing(choice, true)
    let timer: NodeJS.Timeout | undefined
    const timeIsOver = new Promise((resolve) => {
      timer = setTimeout(resolve, timeoutMillis)
    })
    await Promise.race([end(), timeIsOver])
    clearTimeout(timer)
    if (!connection.isClosed()) cancels.unsubscribe() // until here the calls under way could be given up
    served.breakOff(closedEarly())
    served.admission.close()
    watch.delete(listener)
  }
  let closed: Promise<void> | undefined
  const server: NatsServer = {
    id: identity.id,
    close: ({ timeoutMillis = 10_000 } = {}) => (closed ??= close(timeoutMillis)),
    [Symbol.asyncDispose]: () => server.close(),
  }
  return server
}

const closedEarly = (): RpcError =>
  new RpcError("ERR_RPC_CONNECTION", "The server was closed before the response was sent")

interface Subscriptions {
  /** Brings calls, and questions of discovery. */
  readonly calls: readonly Subscription[]
  /** Tells which calls are given up. */
  readonly cancels: Subscription
}

/** Resolves when the broker knows of all subscriptions, so that no call is lost that is made from now on. */
async function listen(
  connection: NatsConnection,
  served: ServedSubject,
  identity: Identity,
  { subject, queue, description }: Record<"subject" | "queue" | "description", string>,
): Promise<Subscriptions> {
  const subscriptions: Subscription[] = []
  let refusal: Error | undefined
  const refused = (error: Error): void => {
    refusal ??= error
    served.refused(error) // it may come later, when the broker's permissions change
  }
  try {
    const cancels = connection.subscribe(cancelSubject(subject), {
      callback: (error, message) => (error === null ? served.cancel(message.reply) : refused(error)),
    })
    const calls = [
      connection.subscribe(subject, {
        queue,
        callback: (error, message) => (error === null ? served.receive(message) : refused(error)),
      }),
      ...answerDiscovery(connection, identity, description, () => served.endpoints(subject, queue), refused),
    ]
    subscriptions.push(cancels, ...calls)
    await connection.flush()
    if (refusal !== undefined) throw refusal
    return { calls, cancels }
  } catch (cause) {
    if (!connection.isClosed()) for (const subscription of subscriptions) subscription.unsubscribe()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new RpcError("ERR_RPC_LISTEN", `Cannot serve ${subject}: ${reason}`, { cause })
  }
}
