// bzip2. Read by a library in JavaScript, whose output can be stopped; written by one in WebAssembly, which has
// to be installed for it.

import type { ContainerCodec } from "../codec.ts"
import { loadLibrary, once } from "./optional.ts"
import { Output } from "./output.ts"

type Compress = (block: Uint8Array) => Uint8Array

export async function loadBzip2(): Promise<ContainerCodec> {
  const { default: bunzip } = await loadLibrary("bzip2", "seek-bzip", () => import("seek-bzip"))
  const compress = once(loadCompress)
  return {
    compress: async (block) => (await compress())(block),
    decompress: (data, maxBytes) => {
      const output = new Output(maxBytes)
      bunzip.decode(new Input(data), output, false)
      return output.written()
    },
  }
}

/** Bytes one by one, to their end: the library takes what is behind it for zeros. */
class Input {
  readonly #data: Uint8Array
  #position = 0

  constructor(data: Uint8Array) {
    this.#data = data
  }

  readByte(): number {
    const byte = this.#data[this.#position++]
    if (byte === undefined) throw new Error("it ends too early")
    return byte
  }

  read(target: Uint8Array, start: number, length: number): number {
    for (let index = start; index < start + length; index++) target[index] = this.readByte()
    return length
  }

  /** Asked between blocks, where the library would be content with an end. */
  eof(): boolean {
    return false
  }
}

/** As the command's `-9`, Java's and Python's. */
const HUNDREDS_OF_KILOBYTES = 9

async function loadCompress(): Promise<Compress> {
  const { default: BZip2 } = await loadLibrary("bzip2", "bzip2-wasm", () => import("bzip2-wasm"))
  const bzip2 = new BZip2()
  await withoutTraces(() => bzip2.init())
  return (block) => {
    const most = Math.ceil(block.length * 1.01) + 600
    // The library loses sight of a block for which its memory has to grow: so that grows before.
    const memory = bzip2.wasmModule
    memory._free(memory._malloc(block.length + most * 2))
    return bzip2.compress(block, HUNDREDS_OF_KILOBYTES, most)
  }
}

const GLOBALS = ["require", "__dirname"]
const EVENTS = ["uncaughtException", "unhandledRejection"] as const

/**
 * The library puts `require` and `__dirname` into the global scope, where others look for them in vain, and listens to
 * errors of the whole process, which then ends with them elsewhere than they were thrown.
 */
async function withoutTraces(action: () => Promise<void>): Promise<void> {
  const globals = GLOBALS.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))
  const listeners = EVENTS.map((event) => new Set(process.listeners(event as never)))
  try {
    await action()
  } finally {
    for (const [index, name] of GLOBALS.entries()) {
      const descriptor = globals[index]
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name)
      else Object.defineProperty(globalThis, name, descriptor)
    }
    for (const [index, event] of EVENTS.entries()) {
      for (const listener of process.listeners(event as never)) {
        // Somebody else may have begun to listen meanwhile.
        const isTheirs = /ExitStatus|throw reason/.test(String(listener))
        if (isTheirs && listeners[index]?.has(listener) === false) process.removeListener(event, listener)
      }
    }
  }
}
