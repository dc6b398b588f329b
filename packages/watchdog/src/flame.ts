// The stacks of one block as flame graphs: as folded text, and as a CPU profile.
//
//   folded   a line for each stack, outermost function first:   outer;inner;leaf millis
//            read by flamegraph.pl, speedscope, inferno
//   .cpuprofile   JSON, read by Chrome's developer tools and by speedscope
//            https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile

import { pathToFileURL } from "node:url"
import type { Block, Frame } from "./block.ts"

/** The stacks of a block, one a line, each with the milliseconds it stands for. Empty for a block without stacks. */
export function toFoldedStacks({ stacks }: Pick<Block, "stacks">): string {
  const lines = new Map<string, number>()
  for (const { frames, millis } of stacks) {
    const line = frames.map(labelOf).toReversed().join(";")
    if (line !== "") lines.set(line, (lines.get(line) ?? 0) + millis)
  }
  return [...lines].map(([line, millis]) => `${line} ${Math.round(millis)}\n`).join("")
}

/** A profile as V8 writes it. `JSON.stringify` it into a file that ends in `.cpuprofile`. */
export interface CpuProfile {
  readonly nodes: readonly CpuProfileNode[]
  /** Microseconds; only the differences between times mean something. */
  readonly startTime: number
  readonly endTime: number
  /** Which node was innermost, and for how many microseconds before it another one was. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** A function called from one stack: the same function called from another has another node. */
export interface CpuProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly scriptId: string
    readonly url: string
    /** Where the function was seen first, from 0; -1 where that is unknown. */
    readonly lineNumber: number
    readonly columnNumber: number
  }
  readonly hitCount: number
  /** Where in the function the samples were, by line, from 1. */
  readonly positionTicks: readonly { readonly line: number; readonly ticks: number }[]
  readonly children: readonly number[]
}

/** The stacks of a block as a CPU profile, in the order in which they were taken. */
export function toCpuProfile({ stacks, startedAt }: Pick<Block, "stacks" | "startedAt">): CpuProfile {
  const tree = createTree()
  const samples = stacks.map(({ frames }) => tree.add(frames))
  const micros = stacks.map(({ millis }) => Math.round(millis * 1000))
  const startTime = startedAt.getTime() * 1000
  return {
    nodes: tree.nodes,
    startTime,
    endTime: startTime + micros.reduce((sum, each) => sum + each, 0),
    // a sample lasts until the next one, and each of ours stands for the time before it: the root ends the last
    samples: [...samples, ...(samples.length > 0 ? [ROOT] : [])],
    timeDeltas: samples.length > 0 ? [0, ...micros] : [],
  }
}

interface Node extends CpuProfileNode {
  hitCount: number
  readonly positionTicks: { line: number; ticks: number }[]
  readonly children: number[]
}

const ROOT = 1

function createTree(): { readonly nodes: readonly Node[]; add: (frames: readonly Frame[]) => number } {
  const root: Node = nodeOf(ROOT, { name: "(root)", async: false })
  const nodes = [root]
  const known = new Map<string, Node>()

  const childOf = (parent: Node, frame: Frame): Node => {
    const key = `${parent.id} ${functionOf(frame)}`
    const child = known.get(key) ?? nodeOf(nodes.length + 1, frame)
    if (!known.has(key)) {
      known.set(key, child)
      nodes.push(child)
      parent.children.push(child.id)
    }
    return child
  }
  return {
    nodes,
    add: (frames) => {
      const leaf = frames.toReversed().reduce(childOf, root)
      leaf.hitCount++
      if (frames[0]?.line !== undefined) tick(leaf, frames[0].line)
      return leaf.id
    },
  }
}

function nodeOf(id: number, { name, async, file, line = 0, column = 0 }: Frame): Node {
  const url = file?.startsWith("/") ? pathToFileURL(file).href : (file ?? "")
  const functionName = async ? `async ${name}` : name
  return {
    id,
    callFrame: { functionName, scriptId: "0", url, lineNumber: line - 1, columnNumber: column - 1 },
    hitCount: 0,
    positionTicks: [],
    children: [],
  }
}

function tick({ positionTicks }: Node, line: number): void {
  const known = positionTicks.find((each) => each.line === line)
  if (known === undefined) positionTicks.push({ line, ticks: 1 })
  else known.ticks++
}

// A frame is at the line that ran, which changes while the function stays. Functions without a name are told apart by it.
const functionOf = ({ name, file, line, async }: Frame): string =>
  [async, name, file, ...(name === "<anonymous>" ? [line] : [])].join(" ")

// A semicolon ends a function, and a space the stack: neither may be in a name.
function labelOf({ name, async, file }: Frame): string {
  const place = file === undefined ? "" : ` ${file.slice(file.lastIndexOf("/") + 1)}`
  return `${async ? "async " : ""}${name}${place}`.replaceAll(/[;\p{Cc}]/gu, "_")
}
