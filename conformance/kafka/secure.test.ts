// Sinks and sources on a broker that wants to know with whom it speaks.

import { kindOf } from "@avrolet/events"
import {
  createSchemaRegistry,
  type KafkaSinkOptions,
  kafkaSink,
  kafkaSource,
  type SchemaRegistry,
} from "@avrolet/kafka"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createAuthority } from "../../examples/auth/authority.ts"
import { Counted, counted, upTo } from "../../packages/events/src/fixtures/batches.ts"
import { type Registry, startRegistry } from "./cluster.ts"
import { counts, record } from "./recorded.ts"
import {
  ada,
  bob,
  eve,
  MECHANISMS,
  REAUTHENTICATION_MILLIS,
  type SecureBroker,
  startSecureKafka,
} from "./secure.ts"

let secure: SecureBroker & AsyncDisposable
let registryServer: Registry
let registry: SchemaRegistry
beforeAll(async () => {
  ;[secure, registryServer] = await Promise.all([startSecureKafka(), startRegistry()])
  registry = createSchemaRegistry(registryServer.url)
}, 90_000)
afterAll(() => Promise.all([secure[Symbol.asyncDispose](), registryServer[Symbol.asyncDispose]()]))

type Reached = Pick<KafkaSinkOptions, "tls" | "sasl">

/** What the broker has at a listener, in topics that no other test uses. */
function at(listener: string, reached: Reached): KafkaSinkOptions {
  const prefix = `secure${topics++}-`
  const bootstrapBrokers = [secure.broker.addressOf(listener)]
  return { bootstrapBrokers, registry, topic: (name) => prefix + name, requestMillis: 2000, ...reached }
}
let topics = 0

const trusted = (): Reached => ({ tls: { ca: secure.authority.certificate } })
const asClient = (): Reached => ({
  tls: { ca: secure.authority.certificate, ...secure.authority.issue("client") },
})

describe("events are recorded and read, alone and in a group, over", () => {
  const ways: { name: string; listener: string; reached: () => Reached }[] = [
    { name: "TLS, with a certificate of the client's", listener: "SSL", reached: asClient },
    ...MECHANISMS.flatMap((mechanism) => [
      { name: mechanism, listener: "SASL_PLAINTEXT", reached: () => ({ sasl: ada(mechanism) }) },
      {
        name: `TLS and ${mechanism}`,
        listener: "SASL_SSL",
        reached: () => ({ ...trusted(), sasl: ada(mechanism) }),
      },
    ]),
  ]
  test.for(ways)("$name", async ({ listener, reached }) => {
    const where = at(listener, reached())
    await record(where, [counted("a", 0, 100)])
    expect(await counts(where)).toEqual(upTo(100))
    expect(await counts(where, { group: `secure-${topics}` })).toEqual(upTo(100))
  })
})

test("who may write to a topic need not be let make one", async () => {
  const own = (name: string): string => `bobs-${name}`
  const asAda = { ...at("SASL_SSL", { ...trusted(), sasl: ada("PLAIN") }), topic: own }
  const asBob = { ...asAda, sasl: bob("SCRAM-SHA-512") }
  await record(asAda, [counted("ada", 0, 10)])
  await record(asBob, [counted("bob", 10, 20)])
  expect(await counts(asBob)).toEqual(upTo(20))
  expect(await counts(asBob, { group: "bobs-group" })).toEqual(upTo(20))
  await expect(counts(asBob, { group: "another" })).rejects.toMatchObject({ code: "ERR_EVENTS_FORBIDDEN" })
  await expect(kafkaSource(asBob).names?.()).resolves.toEqual(["example.Counted"])
})

test("who has to say again and again who it is goes on, and nothing is lost, there twice or out of order", {
  timeout: 60_000,
}, async () => {
  const where = at("SASL_PLAINTEXT", { sasl: ada("SCRAM-SHA-256") })
  const sink = kafkaSink(where)
  await sink.open(kindOf(Counted))
  const end = Date.now() + 4 * REAUTHENTICATION_MILLIS
  let from = 0
  for (; Date.now() < end; from += 10) await sink.write(counted("a", from, from + 10))
  await sink.close()
  expect(await counts(where)).toEqual(upTo(from))
})

describe("the door stays shut, and says why, to", () => {
  const shut: { name: string; listener: string; reached: () => Reached; code?: string; says: RegExp }[] = [
    ...MECHANISMS.flatMap((mechanism) => [
      {
        name: `a wrong password (${mechanism})`,
        listener: "SASL_SSL",
        reached: () => ({ ...trusted(), sasl: { ...ada(mechanism), password: "wrong" } }),
        says: /authentication failed/i,
      },
      {
        name: `a user whom nobody knows (${mechanism})`,
        listener: "SASL_PLAINTEXT",
        reached: () => ({ sasl: { ...ada(mechanism), username: "mallory" } }),
        says: /authentication failed/i,
      },
    ]),
    {
      name: "a mechanism that the broker has not",
      listener: "SASL_PLAINTEXT",
      reached: () => ({ sasl: { mechanism: "OAUTHBEARER", token: "t" } }),
      says: /mechanism/,
    },
    {
      name: "who does not trust the broker's certificate",
      listener: "SASL_SSL",
      reached: () => ({ tls: {}, sasl: ada("PLAIN") }),
      says: /certificate.*tls\.ca/,
    },
    {
      name: "who trusts another authority",
      listener: "SASL_SSL",
      reached: () => {
        using other = createAuthority("Another authority")
        return { tls: { ca: other.certificate }, sasl: ada("PLAIN") }
      },
      says: /certificate/,
    },
    {
      name: "who expects another name in the certificate",
      listener: "SASL_SSL",
      reached: () => ({
        tls: { ca: secure.authority.certificate, servername: "kafka.example" },
        sasl: ada("PLAIN"),
      }),
      says: /kafka\.example.*altnames.*certificate/s,
    },
    {
      name: "a client without a certificate, where it needs one",
      listener: "SSL",
      reached: trusted,
      code: "ERR_EVENTS_UNAVAILABLE",
      says: /certificate/,
    },
    {
      name: "plain text, where the broker speaks TLS",
      listener: "SASL_SSL",
      reached: () => ({ sasl: ada("PLAIN") }),
      code: "ERR_EVENTS_UNAVAILABLE",
      says: /tls/,
    },
    {
      name: "TLS, where the broker speaks plain text",
      listener: "SASL_PLAINTEXT",
      reached: () => ({ ...trusted(), sasl: ada("PLAIN") }),
      code: "ERR_EVENTS_UNAVAILABLE",
      says: /TLS/i,
    },
    {
      name: "who says no name, where the broker wants one",
      listener: "SASL_SSL",
      reached: trusted,
      code: "ERR_EVENTS_UNAVAILABLE",
      says: /sasl/,
    },
    {
      name: "a user who may not make a topic",
      listener: "SASL_SSL",
      reached: () => ({ ...trusted(), sasl: eve("PLAIN") }),
      says: /authoriz/i,
    },
  ]
  test.for(shut)("$name", async ({ listener, reached, code = "ERR_EVENTS_FORBIDDEN", says }) => {
    const where = at(listener, reached())
    const sink = kafkaSink(where)
    const began = Date.now()
    const failures = await Promise.all(
      [sink.open(kindOf(Counted)), counts(where), counts(where, { group: "g" })].map((tried) =>
        tried.then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    )
    for (const failure of failures)
      expect.soft(failure).toMatchObject({ code, message: expect.stringMatching(says) as string })
    expect.soft(Date.now() - began).toBeLessThan(20_000)
    await sink.close()
  })
})
