// How long to wait before the next try to connect: longer after each failure, and never as long as
// anybody else, so that the clients of a server that comes back do not come all at once.

/** How a client waits between tries to connect. */
export interface BackoffOptions {
  /** The longest wait after the first failure, which doubles with each further one. Default 100. */
  readonly minBackoffMillis?: number
  /** The longest wait of all. Default 2000. */
  readonly maxBackoffMillis?: number
}

/** Counts failures and says how long to wait. */
export interface Backoff {
  /** Between half of the present longest wait and all of it; 0 while nothing has failed. */
  nextMillis(): number
  failed(): void
  succeeded(): void
}

/** A wait of 0, until something fails. */
export function createBackoff({ minBackoffMillis, maxBackoffMillis }: Required<BackoffOptions>): Backoff {
  let failures = 0
  return {
    nextMillis() {
      if (failures === 0) return 0
      const longest = Math.min(maxBackoffMillis, minBackoffMillis * 2 ** (failures - 1))
      return longest * (0.5 + Math.random() / 2)
    },
    failed() {
      failures++
    },
    succeeded() {
      failures = 0
    },
  }
}
