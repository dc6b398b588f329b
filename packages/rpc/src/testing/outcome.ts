// What came of something: what a promise rejects with, what was published, when a condition was met.

import { subscribe, unsubscribe } from "node:diagnostics_channel"

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ("value" in outcome) throw new Error(`Expected a failure, got ${JSON.stringify(outcome.value)}`)
  return outcome.error
}

/** What is published on a channel while something happens. */
export async function published<Event>(
  channel: string,
  during: (events: readonly Event[]) => Promise<unknown>,
): Promise<Event[]> {
  const events: Event[] = []
  const listen = (event: unknown): void => void events.push(event as Event)
  subscribe(channel, listen)
  try {
    await during(events)
  } finally {
    unsubscribe(channel, listen)
  }
  return events
}

/** What comes of something that fails until something else has happened, tried again and again. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setImmediate(resolve)) // what it waits for takes a turn
    }
  }
}

/** Resolves when a condition that something else brings about is met. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("The condition was not met within 10 s")
    await new Promise((resolve) => setImmediate(resolve))
  }
}
