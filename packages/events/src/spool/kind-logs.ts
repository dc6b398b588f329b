// The directory of a spool: its lock, and the logs of all kinds of events in it. What cannot be opened is tried again
// at the next use, since what a file system refuses may pass.

import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { makeFolder } from "../file/make-folder.ts"
import { storeError } from "../store-error.ts"
import { type KindLog, type KindLogSettings, openKindLog } from "./kind-log.ts"
import { type Lock, lockDirectory } from "./lock.ts"

/** The logs of a directory. */
export class KindLogs {
  readonly #settings: KindLogSettings
  readonly #logs = new Map<string, Promise<KindLog>>()
  #lock: Lock | undefined
  #started: Promise<void> | undefined
  #isToStart = true

  /** Where `directory` is that of all kinds. */
  constructor(settings: KindLogSettings) {
    this.#settings = settings
  }

  /** Takes the directory and goes on with what is in it, unless that is done. Rejects with an `EventsError`. */
  start(): Promise<void> {
    if (this.#isToStart) this.#started = this.#start()
    this.#isToStart = false
    return this.#started as Promise<void>
  }

  /** The log of a kind. Rejects with an `EventsError`. */
  log(name: string): Promise<KindLog> {
    let log = this.#logs.get(name)
    if (log === undefined) {
      log = openKindLog({ ...this.#settings, directory: join(this.#settings.directory, name) })
      this.#logs.set(name, log)
      log.catch(() => this.#logs.delete(name))
    }
    return log
  }

  /** Sends no more: at once where everything is sent, and after `waitMillis` at the latest. Never rejects. */
  async end(waitMillis: number): Promise<void> {
    await Promise.allSettled([this.#started])
    await this.#each((log) => log.end(waitMillis))
  }

  /** After `end`, closes what is open and lets go of the directory. Rejects where it could not be started. */
  async close(): Promise<void> {
    const [started] = await Promise.allSettled([this.#started])
    const closed = await this.#each((log) => log.close())
    await this.#lock?.release()
    const failed = [started, ...closed].find((each) => each?.status === "rejected")
    if (failed?.status === "rejected") throw storeError(this.#settings.directory, failed.reason)
  }

  async #each(action: (log: KindLog) => Promise<void>): Promise<PromiseSettledResult<void>[]> {
    const logs = await Promise.allSettled(this.#logs.values())
    return Promise.allSettled(
      logs.map(async (log) => (log.status === "fulfilled" ? action(log.value) : undefined)),
    )
  }

  async #start(): Promise<void> {
    const { directory, fsync } = this.#settings
    try {
      await makeFolder(directory, fsync)
      this.#lock ??= await lockDirectory(directory)
      const entries = await readdir(directory, { withFileTypes: true })
      await Promise.all(entries.filter((entry) => entry.isDirectory()).map(({ name }) => this.log(name)))
    } catch (error) {
      this.#isToStart = true
      throw storeError(directory, error)
    }
  }
}
