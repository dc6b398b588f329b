// Events recorded and read back, as tests of Kafka want it.

import type { EventBatch, WantedEvents } from "@avrolet/events"
import {
  type KafkaEvents,
  type KafkaSinkOptions,
  type KafkaSourceOptions,
  kafkaSink,
  kafkaSource,
} from "@avrolet/kafka"
import { Counted, valuesOf } from "../../packages/events/src/fixtures/batches.ts"

/** Records batches with a sink of their own. */
export async function record(
  where: KafkaSinkOptions,
  batches: readonly EventBatch[],
  options: Partial<KafkaSinkOptions> = {},
): Promise<void> {
  const sink = kafkaSink({ ...where, ...options })
  for (const { kind } of batches) await sink.open(kind)
  await Promise.all(batches.map((batch) => sink.write(batch)))
  await sink.close()
}

/** All that is there. */
export async function readAll(
  where: KafkaSourceOptions,
  options: Partial<KafkaSourceOptions> = {},
  wanted: WantedEvents = { names: ["example.Counted"] },
): Promise<KafkaEvents[]> {
  const all: KafkaEvents[] = []
  for await (const events of kafkaSource({ ...where, ...options }).read(wanted)) all.push(events)
  return all
}

/** The numbers of all `Counted`. */
export async function counts(...[where, options, wanted]: Parameters<typeof readAll>): Promise<number[]> {
  const stored = await readAll(where, options, { names: ["example.Counted"], ...wanted })
  return stored.flatMap((events) => valuesOf(Counted, events)).map(({ count }) => count)
}
