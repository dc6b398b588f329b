// What nearly every file of these tests needs.

import { createSchemaRegistry, type SchemaRegistry } from "@avrolet/kafka/messages"
import { afterAll, beforeAll } from "vitest"
import { type KafkaBroker, type Registry, startKafka, startRegistry } from "./cluster.ts"

export interface SharedKafka {
  readonly broker: KafkaBroker
  readonly registryUrl: string
  /** Our client of the registry. */
  readonly registry: SchemaRegistry
}

/** A broker and a registry for all tests of a file: there when the first begins, and gone after the last. */
export function sharedKafka(): SharedKafka {
  let broker: KafkaBroker | undefined
  let server: Registry | undefined
  let registry: SchemaRegistry | undefined
  beforeAll(async () => {
    const starting = [startKafka().then((it) => (broker = it)), startRegistry().then((it) => (server = it))]
    await Promise.allSettled(starting) // what did start is to end, though the other did not
    await Promise.all(starting)
    registry = createSchemaRegistry(started(server).url)
  }, 90_000)
  afterAll(() => Promise.all([broker?.[Symbol.asyncDispose](), server?.[Symbol.asyncDispose]()]))
  return {
    get broker() {
      return started(broker)
    },
    get registryUrl() {
      return started(server).url
    },
    get registry() {
      return started(registry)
    },
  }
}

function started<T>(it: T | undefined): T {
  if (it === undefined) throw new Error("Kafka and its registry are there only within tests")
  return it
}
