// A sink around another one, that takes events while the other cannot: they wait on the disk, and go on in their order
// when it can. What is acknowledged to the recorder is on the disk, so it outlives the process.
//
//   <directory>/lock                                one process at a time
//   <directory>/<event>/<number>.spool              batches, oldest first (segment.ts)
//   <directory>/<event>/position                    up to where they are with the other sink (position.ts)
//   <directory>/<event>/<number>.rejected           batches that the other sink will never take
//   <directory>/<event>/<number>.damaged            what could not be read to its end

import { checkIntegers, MAX_TIMER_MILLIS } from "../check-options.ts"
import { EventsError } from "../errors.ts"
import { isPassing } from "../for-sinks/passing.ts"
import type { EventKind } from "../kind.ts"
import type { EventSink } from "../sink.ts"
import { warn } from "../warn.ts"
import { KindLogs } from "./kind-logs.ts"
import { createRoom } from "./room.ts"

/** How a spool keeps what it is given. */
export interface SpoolOptions {
  /**
   * How much may wait. A batch that would be more waits until there is room, and so does the recorder, which then
   * holds up or drops, as it was told. Default 1 GiB.
   */
  readonly maxBytes?: number
  /**
   * Whether a batch is acknowledged once it is on the disk. By default it is once the system has it: it then outlives
   * the process, however that ends, and not the machine's loss of power.
   */
  readonly fsync?: boolean
  /** How many batches of a kind are given to the other sink before the first of them is acknowledged. Default 16. */
  readonly maxInFlight?: number
  /** How long `close` waits for the other sink to take what waits. What it has not taken stays. Default 5000. */
  readonly closeMillis?: number
  /**
   * Told of batches that are set aside: the other sink will never take them, or they could not be read. What it throws
   * is a warning of the process.
   */
  readonly onSetAside?: (setAside: SetAside) => void
}

/** Batches that are not sent. */
export interface SetAside {
  /** Where they are. A file `.rejected` is sent at the next start if it is renamed to `.spool`. */
  readonly path: string
  readonly error: EventsError
}

/** A sink whose events wait on the disk. */
export interface Spool extends EventSink {
  /** How many bytes of events wait. */
  readonly waitingBytes: number
}

/**
 * Puts a directory between a recorder and a sink to a store elsewhere, such as `jetStreamSink` or `kafkaSink`. Events
 * are acknowledged once they are in the directory, and sent from there, in the order they were recorded; what an
 * earlier process left is sent first. While the sink fails with `ERR_EVENTS_UNAVAILABLE`, `ERR_EVENTS_FULL` or
 * `ERR_EVENTS_FORBIDDEN`, they are sent again and again; with any other error they are set aside.
 *
 * `open` rejects as the sink does, but where the store is away it is taken for granted that it will do. `open`,
 * `write` and `close` reject with `ERR_EVENTS_SPOOL` where another process has the directory, and with the errors of a
 * disk that is full, or whose files cannot be opened; `open` and `write` try again each time.
 *
 * Closing it closes `sink`, and then lets go of the directory: what the sink still took is not sent again. Throws a
 * `TypeError` for limits that are none.
 */
export function spool(sink: EventSink, directory: string, options: SpoolOptions = {}): Spool {
  const { maxBytes = 1024 ** 3, fsync = false, maxInFlight = 16, closeMillis = 5000, onSetAside } = options
  checkIntegers({ maxBytes, maxInFlight })
  checkIntegers({ closeMillis }, MAX_TIMER_MILLIS)
  const room = createRoom(maxBytes)
  const tell = (setAside: SetAside): void => {
    try {
      onSetAside?.(setAside)
    } catch (error) {
      warn(`onSetAside failed: ${(error as Error).message}`) // it is set aside all the same
    }
  }
  const logs = new KindLogs({ sink, room, fsync, maxInFlight, onSetAside: tell, directory })
  let closed: Promise<void> | undefined

  const checkOpen = (): void => {
    if (closed !== undefined) throw new EventsError("ERR_EVENTS_CLOSED", "The spool is closed")
  }
  const begin = async (): Promise<void> => {
    checkOpen()
    await logs.start()
    checkOpen()
  }
  const close = async (): Promise<void> => {
    room.close(
      new EventsError("ERR_EVENTS_CLOSED", "The spool is closed, with no room for what was to be written"),
    )
    await logs.end(closeMillis)
    try {
      await sink.close()
    } finally {
      await logs.close()
    }
  }

  logs.start().catch(() => undefined) // told by each use
  return {
    get waitingBytes() {
      return room.taken
    },
    async open(kind) {
      await begin()
      await opened(sink, kind)
      checkOpen()
      await logs.log(kind.name)
    },
    async write(batch) {
      await begin()
      await (await logs.log(batch.kind.name)).append(batch)
    },
    close: () => (closed ??= close()),
  }
}

/** Asks the sink; a store that is away cannot say no. */
async function opened(sink: EventSink, kind: EventKind): Promise<void> {
  try {
    await sink.open(kind)
  } catch (error) {
    if (!isPassing(error)) throw error
  }
}
