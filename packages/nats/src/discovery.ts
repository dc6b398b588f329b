// Answers NATS's service protocol, by which its tools find services: `nats micro ls`, `nats micro stats`.
//
//   $SRV.<verb>               every service answers       verb = PING | INFO | STATS
//   $SRV.<verb>.<name>        the services of a name
//   $SRV.<verb>.<name>.<id>   one of them
//
// The services of one `serveNats` are one of NATS's services, and each of them an endpoint of it.
// https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md

import type { Service } from "@avrolet/rpc"
import { type NatsConnection, nuid, type Subscription } from "@nats-io/nats-core"
import type { Endpoint } from "./endpoint-stats.ts"
import { outboxOf } from "./outbox.ts"
import { isAnswerable } from "./subject.ts"

/** What a server is found by. */
export interface Identity {
  readonly name: string
  readonly id: string
  readonly version: string
}

// https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string
const NUMBER = "(?:0|[1-9]\\d*)"
const LABEL = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)"
const BUILD = "[0-9a-zA-Z-]+"
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${LABEL}(?:\\.${LABEL})*)?(?:\\+${BUILD}(?:\\.${BUILD})*)?$`,
)

/** Throws a `TypeError` for a name or a version that NATS's tools would not take. */
export function identityOf(
  first: Service,
  {
    name = first.protocol.name.replaceAll(".", "_"),
    version = "0.0.0",
  }: { readonly name?: string; readonly version?: string },
): Identity {
  if (!/^[\w-]+$/.test(name))
    throw new TypeError(`name must be of letters, digits, - and _, got ${JSON.stringify(name)}`)
  if (!SEMVER.test(version))
    throw new TypeError(`version must be as semver.org has it, got ${JSON.stringify(version)}`)
  return { name, id: nuid.next(), version }
}

/** Answers until the subscriptions end; `refused` is told what the broker forbids. */
export function answerDiscovery(
  connection: NatsConnection,
  identity: Identity,
  description: string,
  endpoints: () => readonly Endpoint[],
  refused: (error: Error) => void,
): Subscription[] {
  const outbox = outboxOf(connection)
  const started = new Date().toISOString()
  const answers: Readonly<Record<string, () => object>> = {
    PING: () => ({}),
    INFO: () => ({
      description,
      endpoints: endpoints().map(({ name, subject, queue_group, metadata }) => {
        return { name, subject, queue_group, metadata }
      }),
    }),
    STATS: () => ({ started, endpoints: endpoints() }),
  }
  return Object.entries(answers).flatMap(([verb, answer]) => {
    const type = `io.nats.micro.v1.${verb.toLowerCase()}_response`
    const respond = (reply = ""): void => {
      if (reply === "" || !isAnswerable(reply) || outbox.isFull) return
      const told = { type, ...identity, metadata: {}, ...answer() }
      outbox.publish({ subject: reply, data: Buffer.from(JSON.stringify(told)) })
    }
    const { name, id } = identity
    return [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`].map((subject) =>
      connection.subscribe(subject, {
        callback: (error, message) => (error === null ? respond(message.reply) : refused(error)),
      }),
    )
  })
}
