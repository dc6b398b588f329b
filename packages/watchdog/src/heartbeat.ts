// What the watched thread and its monitor share: five 64-bit words of memory.
//
//   [BEAT]       when the loop last beat, in nanoseconds of process.hrtime, the one clock of all threads
//   [FOLLOWING]  1 while the monitor follows a block, else 0
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
const FOLLOWING = 1
const STOPPED = 2
const TRIPWIRE = 3
const TURNED = 4
const WORDS = 5

// As it is now: tests replace it, and the monitor does not go by their time.
const { hrtime } = process

/** Milliseconds on the clock that the heartbeat uses. */
export const nowMillis = (): number => toMillis(hrtime.bigint())

/** Converts a beat to milliseconds. */
export const toMillis = (nanos: bigint): number => Number(nanos) / 1e6

export function createHeartbeat(): Heartbeat {
  const heartbeat = new BigInt64Array(new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT))
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

/** The monitor says whether it is in the middle of a block. */
export function setFollowing(heartbeat: Heartbeat, following: boolean): void {
  Atomics.store(heartbeat, FOLLOWING, following ? 1n : 0n)
  Atomics.notify(heartbeat, FOLLOWING)
}

/** Waits, holding the calling thread, until the monitor has told of the block it follows, if it follows one. */
export function waitWhileFollowing(heartbeat: Heartbeat, timeoutMillis: number): void {
  Atomics.wait(heartbeat, FOLLOWING, 1n, timeoutMillis)
}
