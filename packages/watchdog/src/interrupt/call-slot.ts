// What the thread that runs interruptible calls and its interrupter share: 16 bytes.
//
//   int32    [CALL]      the call that runs, by its number; 0 for none; the negative number of one being ended
//   float64  [DEADLINE]  when it has to be over, in milliseconds of process.hrtime
//
// Both sides change CALL by comparing it first. So exactly one of them decides whether a call has ended by itself or
// is ended, and what ends it cannot hit anything that comes after it.

/** The shared memory. Only this file knows what is where. */
export interface CallSlot {
  readonly words: Int32Array<SharedArrayBuffer>
  readonly times: Float64Array<SharedArrayBuffer>
}

const CALL = 0
const DEADLINE = 1
const NONE = 0
const BYTES = 16

export function createCallSlot(): CallSlot {
  const memory = new SharedArrayBuffer(BYTES)
  return { words: new Int32Array(memory), times: new Float64Array(memory) }
}

/** The caller begins a call. */
export function beginCall({ words, times }: CallSlot, call: number, deadlineMillis: number): void {
  times[DEADLINE] = deadlineMillis
  Atomics.store(words, CALL, call)
  Atomics.notify(words, CALL)
}

/** The caller has ended a call by itself; false if it is being ended from outside. */
export const endCall = ({ words }: CallSlot, call: number): boolean =>
  Atomics.compareExchange(words, CALL, call, NONE) === call

/** The caller has seen the end of a call that was ended from outside. */
export function forgetCall({ words }: CallSlot): void {
  Atomics.store(words, CALL, NONE)
}

/** The interrupter waits, holding its thread, until a call is past its deadline; that call is then its to end. */
export function awaitOverdueCall({ words, times }: CallSlot, nowMillis: () => number): void {
  for (;;) {
    const call = Atomics.load(words, CALL)
    const millis = call > NONE ? Math.max(0, (times[DEADLINE] ?? 0) - nowMillis()) : Number.POSITIVE_INFINITY
    const isOverdue = Atomics.wait(words, CALL, call, millis) === "timed-out"
    if (isOverdue && Atomics.compareExchange(words, CALL, call, -call) === call) return
  }
}
