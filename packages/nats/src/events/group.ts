// The messages that fall to one member of a group: a durable consumer of JetStream, which the members share.

import { setTimeout as sleep } from "node:timers/promises"
import { EventsError } from "@avrolet/events"
import { AckPolicy, type Consumer, type JsMsg } from "@nats-io/jetstream"
import { nanos } from "@nats-io/nats-core"
import { type Asked, filterOf, startOf } from "./ordered.ts"
import { isMissing, isMissingConsumer, refusal } from "./refusal.ts"
import type { Delivery } from "./source.ts"

/** The shortest wait there is: other members may have taken what was left. */
const WAIT_MILLIS = 1000
const PAUSE_MILLIS = 500

/** Ends once nothing is left of what is there now, unless it is to follow. */
export async function* deliveriesToGroup(asked: Asked, group: string): AsyncGenerator<Delivery> {
  const { jsm, names, wanted } = asked
  const what = `read ${names.events} as ${group}`
  const consumer = await joinGroup(asked, group).catch((error: unknown) => {
    throw refusal(what, error)
  })
  const refuse = async (error: unknown): Promise<never> => {
    throw (await goneStream(asked, what)) ?? refusal(what, error)
  }
  const pending = async (): Promise<number> => (await consumer.info().catch(refuse)).num_pending
  const { state } = await jsm.streams.info(names.events).catch(refuse)
  let left = wanted.follow === true ? Number.POSITIVE_INFINITY : await pending()
  while (wanted.signal?.aborted !== true && left > 0) {
    // One at a time: what lies here others cannot read, and a message is some hundred events.
    const message = await nextOf(consumer, wanted.signal).catch(async (error: unknown) => {
      if (wanted.follow !== true || refusal(what, error).code !== "ERR_EVENTS_UNAVAILABLE")
        return refuse(error)
      await sleep(PAUSE_MILLIS, undefined, { signal: wanted.signal }).catch(() => undefined)
      return undefined
    })
    if (message !== undefined && wanted.follow !== true && message.seq > state.last_seq) {
      message.nak()
      return
    }
    if (message !== undefined) yield delivery(message, asked.ackMillis)
    if (wanted.follow !== true) left = message?.info.pending ?? (await pending())
  }
}

/** The error for a stream that is not there any more: of that a member hears no more than silence. */
async function goneStream({ jsm, names }: Asked, what: string): Promise<EventsError | undefined> {
  try {
    await jsm.streams.info(names.events)
  } catch (error) {
    if (isMissing(error)) return refusal(what, error)
  }
  return undefined
}

/** The broker is told that the message is not forgotten, until it is read. */
function delivery(message: JsMsg, ackMillis: number): Delivery {
  const working = setInterval(() => message.working(), ackMillis / 3)
  return {
    message,
    done(isRead) {
      clearInterval(working)
      if (isRead) message.ack()
      else message.nak()
    },
  }
}

async function nextOf(consumer: Consumer, signal: AbortSignal | undefined): Promise<JsMsg | undefined> {
  const next = consumer.next({ expires: WAIT_MILLIS })
  if (signal === undefined) return (await next) ?? undefined
  let onAbort: (() => void) | undefined
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined)
    signal.addEventListener("abort", onAbort)
  })
  try {
    return (await Promise.race([next, aborted])) ?? undefined
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort)
    next.then((late) => signal.aborted && late?.nak()).catch(() => undefined)
  }
}

async function joinGroup(asked: Asked, group: string): Promise<Consumer> {
  const { jsm, names, wanted, after, ackMillis } = asked
  const filter = filterOf(asked)
  const there = await jsm.consumers.info(names.events, group).catch((error: unknown) => {
    if (isMissingConsumer(error)) return undefined
    throw error
  })
  if (there === undefined) {
    await jsm.consumers.add(names.events, {
      durable_name: group,
      filter_subject: filter,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackMillis),
      ...startOf(wanted, after),
    })
  } else if (there.config.filter_subject !== filter) {
    throw new EventsError(
      "ERR_EVENTS_STORE",
      `the group reads ${there.config.filter_subject}; expected ${filter}: give those who read other events another group`,
    )
  }
  return jsm.jetstream().consumers.get(names.events, group)
}
