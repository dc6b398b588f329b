// How many bytes may wait, over all kinds of events. Who finds no room waits its turn.

/** Room for a number of bytes. */
export interface Room {
  readonly taken: number
  /** Resolves once there is room; what is larger than all of it has to be alone. Rejects once it is closed. */
  take(bytes: number): Promise<void>
  /** Takes without asking: what an earlier process left. */
  occupy(bytes: number): void
  free(bytes: number): void
  /** Rejects those who wait. */
  close(reason: Error): void
}

interface Waiting {
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (reason: Error) => void
}

/** Makes room. */
export function createRoom(maxBytes: number): Room {
  let taken = 0
  let closed: Error | undefined
  const queue: Waiting[] = []
  const fits = (bytes: number): boolean => taken === 0 || taken + bytes <= maxBytes
  return {
    get taken() {
      return taken
    },
    take(bytes) {
      if (closed !== undefined) return Promise.reject(closed)
      if (queue.length > 0 || !fits(bytes)) {
        return new Promise((resolve, reject) => queue.push({ bytes, resolve, reject }))
      }
      taken += bytes
      return Promise.resolve()
    },
    occupy(bytes) {
      taken += bytes
    },
    free(bytes) {
      taken -= bytes
      for (let first = queue[0]; first !== undefined && fits(first.bytes); first = queue[0]) {
        queue.shift()
        taken += first.bytes
        first.resolve()
      }
    },
    close(reason) {
      closed = reason
      for (const { reject } of queue.splice(0)) reject(reason)
    },
  }
}
