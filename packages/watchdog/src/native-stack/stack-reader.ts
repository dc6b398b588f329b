// EXPERIMENTAL. The JavaScript stack under a native call, read out of the process's own memory while the call goes on.
// Linux on x64 only, and only where all of it is found as expected: else there is no reader, and nothing is said.
//
//   /proc/self/exe, symbols v8dbg_*    where V8's objects keep what, which Node leaves in for debuggers
//   c_entry_fp                         a word of V8's isolate: the frame in which JavaScript called into C++
//   [frame]                            the caller's frame, up to where C++ had called JavaScript
//   [frame - 8]                        a context, and then this is a function's frame; or the kind of another frame
//   [frame - 16]                       the function → its name and script; its bytecodes → the position in the script
//
// Where c_entry_fp is, no symbol tells. So the thread is held in Atomics.wait at three depths, and the word is looked
// for that points to the innermost frame each time; and what is read then has to be what is known to be there.
//
// Everything is read while the thread runs: a stack counts only if two readings agree. Optimised code keeps no position,
// and inlined functions no frame: the one comes without a line, the others do not come.
//
// frames.ts reads the stack, debug-symbols.ts what V8 tells debuggers. In V8: tools/gen-postmortem-metadata.py,
// src/execution/frame-constants.h, src/objects/scope-info.tq

import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import type { GeneratedFrame } from "../probe.ts"
import { readConstants } from "./debug-symbols.ts"
import { isKind, type Reading, STEPS, walk } from "./frames.ts"
import { bytesAt, pointerAt, type Range, writableRanges } from "./memory.ts"

/** Evaluates an expression on the main thread. */
export type Evaluate = (expression: string) => void

/** The stack of the main thread, innermost frame first; empty where it cannot be told. */
export type StackReader = () => readonly GeneratedFrame[]

/** Makes a reader, for which the main thread is held for 0.1 s, longer on a busy machine. Undefined where none can be had. */
export async function createStackReader(evaluate: Evaluate): Promise<StackReader | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined
  try {
    const constants = readConstants("/proc/self/exe")
    const stack = findStack()
    const readings = STEPS.map((stepOf): Reading => ({ constants, stack, stepOf, lines: new Map() }))
    for (const patience of [1, 2, 4]) {
      const reader = await calibrate(readings, stack, evaluate, patience)
      if (reader !== undefined) return reader
    }
    return undefined
  } catch {
    return undefined // stripped, restricted, or another V8
  }
}

function readerOf(reading: Reading, entryWord: number): StackReader {
  return () => {
    try {
      const seen = JSON.stringify(walk(reading, pointerAt(entryWord)))
      return JSON.stringify(walk(reading, pointerAt(entryWord))) === seen ? JSON.parse(seen) : []
    } catch {
      return [] // the thread went on in between
    }
  }
}

function findStack(): Range {
  const stack = writableRanges().find(({ name }) => name === "[stack]")
  if (stack === undefined) throw new Error("The main thread has no stack of its own")
  return { from: stack.from, to: stack.to }
}

const holdExpression = (depth: number, millis: number): string => `(function hold(depth) {
  if (depth > 0) return hold(depth - 1)
  return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${millis})
})(${depth})`

/** Whether this is the stack of the expression, at the calls in it. */
function isHeld(frames: readonly GeneratedFrame[], depth: number): boolean {
  const places = frames.filter(({ name }) => name === "hold").map(({ line, column }) => `${line}:${column}`)
  return places.join() === ["3:18", ...Array.from({ length: depth }, () => "2:25")].join()
}

const HOLDS = [
  { depth: 0, millis: 60 },
  { depth: 5, millis: 15 },
  { depth: 2, millis: 15 },
]
const ANSWER_MILLIS = 500
const CHUNK_BYTES = 1024 * 1024
const MAX_RANGE_BYTES = 64 * 1024 * 1024
const FUTEX = "202"

// Holds the thread, looks for the word, and sees whether what is read is what is known to be there.
async function calibrate(
  readings: readonly Reading[],
  stack: Range,
  evaluate: Evaluate,
  patience: number,
): Promise<StackReader | undefined> {
  let candidates: number[] | undefined
  let right = readings
  for (const { depth, millis: atLeast } of HOLDS) {
    const millis = atLeast * patience
    evaluate(holdExpression(depth, millis))
    const call = await untilHeld()
    if (call === undefined) return undefined
    const held = findHeldFrame(right, { from: Number(call.split(" ")[7]), to: stack.to }, depth)
    if (held === undefined) return undefined
    const { frame } = held
    right = held.right
    candidates = candidates?.filter((each) => pointerAt(each) === frame) ?? wordsOf(frame)
    if (systemCall() !== call) return undefined // it went on: what was found means nothing
    if (!(await untilLetGo(call, millis))) return undefined
  }
  const [entryWord, ...others] = candidates ?? []
  const [reading] = right
  if (entryWord === undefined || others.length > 0 || reading === undefined) return undefined
  return readerOf(reading, entryWord)
}

const systemCall = (): string => readFileSync(`/proc/self/task/${process.pid}/syscall`, "latin1")

async function untilHeld(): Promise<string | undefined> {
  for (const until = Date.now() + ANSWER_MILLIS; Date.now() < until; await sleep(1)) {
    const call = systemCall()
    if (call.startsWith(`${FUTEX} `)) return call
  }
  return undefined
}

async function untilLetGo(call: string, millis: number): Promise<boolean> {
  for (const until = Date.now() + 10 * millis; Date.now() < until; await sleep(1)) {
    if (systemCall() !== call) return true
  }
  return false
}

// The first frame, from the stack pointer upwards, in which the expression called into C++: dead ones lie around it. With
// the readings that see what is there.
function findHeldFrame(
  readings: readonly Reading[],
  { from, to }: Range,
  depth: number,
): { frame: number; right: readonly Reading[] } | undefined {
  for (let frame = from + 16; frame < to; frame += 8) {
    const right = readings.filter(
      (reading) => isExit(reading, frame) && isHeld(tryToWalk(reading, frame), depth),
    )
    if (right.length > 0) return { frame, right }
  }
  return undefined
}

const isExit = (reading: Reading, frame: number): boolean =>
  isKind(reading, pointerAt(frame - 8), ["ExitFrame", "BuiltinExitFrame", "ApiCallbackExitFrame"])

function tryToWalk(reading: Reading, frame: number): GeneratedFrame[] {
  try {
    return walk(reading, frame)
  } catch {
    return []
  }
}

function wordsOf(value: number): number[] {
  const pattern = Buffer.alloc(8)
  pattern.writeUInt32LE(value % 2 ** 32, 0)
  pattern.writeUInt32LE(Math.floor(value / 2 ** 32), 4)
  // most often it is in the heap of C++
  for (const isLikely of [true, false]) {
    const ranges = writableRanges().filter(
      ({ name }) => (name === "[heap]") === isLikely && name !== "[stack]",
    )
    const found = ranges.flatMap((range) => wordsIn(range, pattern))
    if (found.length > 0) return found
  }
  return []
}

function wordsIn({ from, to }: Range, pattern: Buffer): number[] {
  const found = []
  const limit = Math.min(to, from + MAX_RANGE_BYTES)
  for (let start = from; start < limit; start += CHUNK_BYTES) {
    const bytes = bytesAt(start, Math.min(CHUNK_BYTES, limit - start))
    for (let at = bytes.indexOf(pattern); at !== -1; at = bytes.indexOf(pattern, at + 1)) {
      if (at % 8 === 0) found.push(start + at)
    }
  }
  return found
}
