// What the guard tells the monitor while the thread is in a call: two 32-bit words of shared memory.
//
//   [CALL]    which call the thread is in: its place in the list of names, from 1; 0 for none
//   [WANTED]  1 while the monitor waits for the call to return, to see its stack
//
// The names are fixed when the guard is installed.

/** The words, and what their numbers mean. Goes to the monitor's thread as it is. */
export interface CallMarks {
  readonly words: Int32Array<SharedArrayBuffer>
  readonly names: readonly string[]
}

const CALL = 0
const WANTED = 1

export const createCallMarks = (names: readonly string[]): CallMarks => ({
  words: new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)),
  names,
})

/** The watched thread enters a call, or goes back to one around it. Gives the call it was in. */
export const markCall = ({ words }: CallMarks, call: number): number => Atomics.exchange(words, CALL, call)

export const isWanted = ({ words }: CallMarks): boolean => Atomics.load(words, WANTED) === 1

/** The call the watched thread is in. */
export const currentCall = (marks: CallMarks | undefined): string | undefined =>
  marks?.names[Atomics.load(marks.words, CALL) - 1]

export function setWanted(marks: CallMarks | undefined, wanted: boolean): void {
  if (marks !== undefined) Atomics.store(marks.words, WANTED, wanted ? 1 : 0)
}
