// A little time before something is tried again.

import { setTimeout as sleep } from "node:timers/promises"

const PAUSE_MILLIS = 500

/** A little time, unless reading is over. */
export const pause = (signal: AbortSignal | undefined): Promise<void> =>
  sleep(PAUSE_MILLIS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
