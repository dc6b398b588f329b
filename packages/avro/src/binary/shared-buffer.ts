// Buffers that many results share, as Node's own Buffers do. Whoever transferred one to another thread would empty all
// the results in it.

let mark: ((buffer: ArrayBuffer) => void) | undefined

/**
 * Keeps a buffer from being transferred, where the platform is Node: what tries to gets a copy in Node 20, and a
 * `DataCloneError` in later ones. Takes some 100 ns, and the first time a millisecond.
 */
export function markAsShared(buffer: ArrayBuffer): void {
  mark ??= globalThis.process?.getBuiltinModule?.("node:worker_threads")?.markAsUntransferable ?? ignore
  mark(buffer)
}

function ignore(): void {
  // Elsewhere the documentation says so.
}
