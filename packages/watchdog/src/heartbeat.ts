// What the watched thread and its monitor share: five 64-bit words of memory.
//
//   [BEAT]       when the loop last beat, in nanoseconds of process.hrtime, the one clock of all threads
//   [FINAL]      when the loop turned for the last time, until the monitor has judged that turn; else 0, and -1 before
//                there is a monitor. It is no beat: it would hide the one that was asked for and came before it
//   [STOPPED]    1 once there will be no more beats, and the monitor is to end
//   [TRIPWIRE]   1 while the loop marks its turns without being asked, 2 while it does not sleep either, else 0
//   [TURNED]     when it last marked one, or beat; with a mark a turn need not be over: other callbacks may follow
//
// The loop beats when the monitor asks it to, and the monitor asks only while it does not see the loop idle: a
// service that waits for work is not woken. A beat that was asked for and does not come is a blocked loop.

/** The shared words. Only this file knows which is which. */
export type Heartbeat = BigInt64Array<SharedArrayBuffer>

/** The message by which the monitor asks for a beat. */
export const ASK_FOR_BEAT = null

/** The message by which the monitor has the tripwire set. */
export const SET_TRIPWIRE = true

const BEAT = 0
const FINAL = 1
const STOPPED = 2
const TRIPWIRE = 3
const TURNED = 4
const WORDS = 5

const NONE = 0n
const UNWATCHED = -1n

// As it is now: tests replace it, and the monitor does not go by their time.
const { hrtime } = process

/** Milliseconds on the clock that the heartbeat uses. */
export const nowMillis = (): number => toMillis(hrtime.bigint())

/** Converts a beat to milliseconds. */
export const toMillis = (nanos: bigint): number => Number(nanos) / 1e6

export function createHeartbeat(): Heartbeat {
  const heartbeat = new BigInt64Array(new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT))
  Atomics.store(heartbeat, FINAL, UNWATCHED)
  beat(heartbeat)
  return heartbeat
}

/** The watched thread says: my loop looked for events now. */
export function beat(heartbeat: Heartbeat): void {
  Atomics.store(heartbeat, BEAT, markTurn(heartbeat))
}

export const lastBeat = (heartbeat: Heartbeat): bigint => Atomics.load(heartbeat, BEAT)

/** The watched thread says: my loop came by here now. Gives when that was. */
export function markTurn(heartbeat: Heartbeat): bigint {
  return Atomics.store(heartbeat, TURNED, hrtime.bigint())
}

/** When the loop last marked a turn, or beat. */
export const lastTurnMillis = (heartbeat: Heartbeat): number => toMillis(Atomics.load(heartbeat, TURNED))

/** The watched thread ends the monitor's rest: there is something to look at. */
export function rouse(heartbeat: Heartbeat): void {
  Atomics.notify(heartbeat, STOPPED)
}

/** The watched thread says: I shall beat no more. */
export function stop(heartbeat: Heartbeat): void {
  Atomics.store(heartbeat, STOPPED, 1n)
  Atomics.notify(heartbeat, STOPPED)
}

export const isStopped = (heartbeat: Heartbeat): boolean => Atomics.load(heartbeat, STOPPED) === 1n

/** How far the tripwire is. */
export type Tripping = typeof UNSET | typeof SET | typeof AWAKE
export const UNSET = 0n
/** The loop marks its turn as soon as it has handled the events that it waits for, or handles now. */
export const SET = 1n
/** The loop has not waited for events since it last marked a turn, and marks another one before it does. */
export const AWAKE = 2n

/** The watched thread says how far it is. */
export function markTripwire(heartbeat: Heartbeat, tripping: Tripping): void {
  Atomics.store(heartbeat, TRIPWIRE, tripping)
}

export function tripwire(heartbeat: Heartbeat): Tripping {
  const tripping = Atomics.load(heartbeat, TRIPWIRE)
  return tripping === SET || tripping === AWAKE ? tripping : UNSET
}

/** The monitor sleeps, holding its thread, and wakes early when it is to end, or is roused. Cheaper than a timer. */
export function rest(heartbeat: Heartbeat, millis: number): void {
  Atomics.wait(heartbeat, STOPPED, 0n, millis)
}

/** The monitor says: I watch from now on. */
export function beginWatching(heartbeat: Heartbeat): void {
  Atomics.store(heartbeat, FINAL, NONE)
}

/**
 * The watched thread says: my loop has turned for the last time. Waits, holding the thread, until the monitor has judged
 * that turn, and told of it if it was a block.
 */
export function turnFinally(heartbeat: Heartbeat, timeoutMillis: number): void {
  const now = hrtime.bigint()
  if (Atomics.compareExchange(heartbeat, FINAL, NONE, now) !== NONE) return
  rouse(heartbeat)
  Atomics.wait(heartbeat, FINAL, now, timeoutMillis)
  Atomics.compareExchange(heartbeat, FINAL, now, NONE)
}

/** When the loop turned for the last time; undefined while it goes on. */
export function finalTurn(heartbeat: Heartbeat): bigint | undefined {
  const final = Atomics.load(heartbeat, FINAL)
  return final > NONE ? final : undefined
}

/** The monitor says: I have judged the last turn. */
export function acknowledgeFinalTurn(heartbeat: Heartbeat): void {
  Atomics.store(heartbeat, FINAL, NONE)
  Atomics.notify(heartbeat, FINAL)
}
