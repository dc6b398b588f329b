// The two streams of events, made where they are not there yet, and looked at where they are.

import { EventsError } from "@avrolet/events"
import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream"
import { nanos } from "@nats-io/nats-core"
import type { Names } from "./names.ts"
import { isMissing } from "./refusal.ts"

/** What a stream is made with where there is none. One that is there stays as it is. */
export interface StreamOptions {
  /** How long events are kept. Default: for ever. */
  readonly maxAgeMillis?: number
  /** How much of them. Default: whatever the broker's disk takes. */
  readonly maxBytes?: number
  /**
   * What happens when `maxBytes` are there: `drop-oldest` (the default) makes room, `refuse` keeps what is there, and
   * recording fails with `ERR_EVENTS_FULL`.
   */
  readonly whenFull?: "drop-oldest" | "refuse"
  /** How many brokers of a cluster have them. Default 1. */
  readonly replicas?: number
  /**
   * How long the broker remembers the ids of messages, so that one which is sent again is not there twice. Default
   * 600,000: let it be longer than a broker is away.
   */
  readonly duplicateWindowMillis?: number
}

/**
 * Makes the streams, or checks those that are there, and says whether that of the events refuses when it is full.
 * Rejects with `ERR_EVENTS_STORE` where they are for something else.
 */
export async function ensureStreams(
  jsm: JetStreamManager,
  names: Names,
  options: StreamOptions,
): Promise<{ readonly refusesWhenFull: boolean }> {
  const { maxAgeMillis = 0, maxBytes = -1, whenFull = "drop-oldest", replicas = 1 } = options
  const { duplicateWindowMillis = 600_000 } = options
  const window = maxAgeMillis > 0 ? Math.min(maxAgeMillis, duplicateWindowMillis) : duplicateWindowMillis
  const events = await ensure(jsm, {
    name: names.events,
    subjects: [names.allEvents],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: whenFull === "refuse" ? DiscardPolicy.New : DiscardPolicy.Old,
    max_age: nanos(maxAgeMillis),
    max_bytes: maxBytes,
    num_replicas: replicas,
    duplicate_window: nanos(window),
  })
  await ensure(jsm, {
    name: names.schemas,
    subjects: [names.allSchemas],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
  })
  const limits = [events.max_bytes, events.max_msgs, events.max_msgs_per_subject]
  return { refusesWhenFull: events.discard === DiscardPolicy.New && limits.some((limit) => limit > 0) }
}

type Wanted = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] }

async function ensure(jsm: JetStreamManager, wanted: Wanted): Promise<StreamConfig> {
  const info = await jsm.streams.info(wanted.name).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (info === undefined) return (await jsm.streams.add(wanted)).config // the same where another process was faster
  check(info.config, wanted)
  return info.config
}

function check({ name, subjects, no_ack: hasNoAck, sealed, retention }: StreamConfig, wanted: Wanted): void {
  const [subject = ""] = wanted.subjects
  const wrong = hasNoAck
    ? "acknowledges nothing"
    : sealed
      ? "is sealed"
      : retention !== RetentionPolicy.Limits
        ? `has a retention of ${retention}, which would drop what one reader has read`
        : subjects.includes(subject)
          ? undefined
          : `has the subjects ${subjects.join(", ")}`
  if (wrong !== undefined) {
    throw new EventsError(
      "ERR_EVENTS_STORE",
      `Cannot record to the stream ${name}: it ${wrong}; expected one of ${subject}, or another name in \`stream\``,
    )
  }
}
