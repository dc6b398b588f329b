// All messages of the stream that may be wanted, in its order, for one reader alone.

import type { WantedEvents } from "@avrolet/events"
import { type Consumer, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream"
import type { Names } from "./names.ts"
import { isMissing, refusal } from "./refusal.ts"
import type { Delivery } from "./source.ts"

/** What is read, and from where. */
export interface Asked {
  readonly jsm: JetStreamManager
  readonly names: Names
  readonly wanted: WantedEvents
  readonly after: number
  readonly ackMillis: number
  /** How large a message may be. */
  readonly maxPayloadBytes: number
}

const NANOS_A_MILLI = 1_000_000n
/** How much the clock of the broker may be behind that of who recorded. */
const CLOCK_SKEW_MILLIS = 60_000
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024
const MAX_BUFFERED_MESSAGES = 64
const LOOK_MILLIS = 2000

/** Ends with the last message that is there now, unless it is to follow. */
export async function* deliveriesInOrder(asked: Asked): AsyncGenerator<Delivery> {
  const { jsm, names, wanted, after } = asked
  const last = await lastWanted(asked)
  if (last === undefined && wanted.follow !== true) return
  if (wanted.signal?.aborted === true) return
  const what = `read ${names.events}`
  const consumer = await jsm
    .jetstream()
    .consumers.get(names.events, { filter_subjects: filterOf(asked), ...startOf(wanted, after) })
    .catch((error: unknown) => {
      throw refusal(what, error)
    })
  const messages = await consumer
    .consume({ max_messages: bufferedMessages(asked) })
    .catch((error: unknown) => {
      throw refusal(what, error)
    })
  let isStopped = false
  const stop = (error?: Error): void => {
    isStopped = true
    messages.stop(error)
  }
  const onAbort = (): void => stop()
  wanted.signal?.addEventListener("abort", onAbort)
  let given = 0
  const look = endIfEmpty(consumer, () => given, stop)
  const looks = wanted.follow === true ? undefined : setInterval(() => void look(), LOOK_MILLIS)
  try {
    for await (const message of messages) {
      given = message.seq
      if (wanted.follow !== true && message.seq > (last ?? 0)) return
      yield { message, done: () => undefined }
      if (wanted.follow !== true && message.seq >= (last ?? 0)) return
    }
    if (!isStopped) throw new Error("the connection was closed") // and drained before
  } catch (error) {
    throw refusal(what, error)
  } finally {
    clearInterval(looks)
    wanted.signal?.removeEventListener("abort", onAbort)
    stop()
  }
}

/**
 * How many messages may be here that nobody has taken. Not how many bytes: the client then asks for what it counts as
 * free, be it less than the next message is large, and only after half a minute for more.
 */
function bufferedMessages({ maxPayloadBytes }: Asked): number {
  return Math.max(2, Math.min(MAX_BUFFERED_MESSAGES, Math.floor(MAX_BUFFERED_BYTES / maxPayloadBytes)))
}

/** The one subject to read, or all of them: brokers before 2.10 filter by no more than one. */
export function filterOf({ names, wanted }: Pick<Asked, "names" | "wanted">): string {
  const [only, ...others] = wanted.names ?? []
  return only === undefined || others.length > 0 ? names.allEvents : names.eventSubject(only)
}

/** Where a consumer begins. */
export function startOf(
  { since }: WantedEvents,
  after: number,
): { deliver_policy: DeliverPolicy; opt_start_seq?: number; opt_start_time?: string } {
  if (after > 0) return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 }
  if (since === undefined) return { deliver_policy: DeliverPolicy.All }
  return {
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(startMillis(since)).toISOString(),
  }
}

/** The place of the last message there is to read; `undefined` where there is none. */
async function lastWanted(asked: Asked): Promise<number | undefined> {
  const { jsm, names, wanted, after } = asked
  const last = await jsm.streams
    .getMessage(names.events, { last_by_subj: filterOf(asked) })
    .catch((error: unknown) => {
      throw refusal(`read ${names.events}`, error)
    })
  if (last === null || last.seq <= after) return undefined
  if (after === 0 && wanted.since !== undefined && last.time.getTime() < startMillis(wanted.since))
    return undefined
  return last.seq
}

const startMillis = (since: bigint): number => Math.max(0, Number(since / NANOS_A_MILLI) - CLOCK_SKEW_MILLIS)

/**
 * Makes what is to be called now and then. What was there when it began may be gone before it was read: the stream keeps
 * so much and no more, or is gone too. What the broker has delivered may still be on its way, so it is to find nothing
 * twice; and to stop comes behind what has arrived.
 */
function endIfEmpty(
  consumer: Consumer,
  given: () => number,
  stop: (error?: Error) => void,
): () => Promise<void> {
  let emptyAt: number | undefined
  return async () => {
    try {
      const isEmpty = (await consumer.info()).num_pending === 0
      if (isEmpty && emptyAt === given()) stop()
      emptyAt = isEmpty ? given() : undefined
    } catch (error) {
      if (isMissing(error)) stop(error as Error) // anything else may pass, and the client then goes on
    }
  }
}
