// What a hostile container file may make us spend, beside what its values may.

import { AvroError } from "../errors.ts"
import type { Limits } from "../limits.ts"

/** Bounds on reading container files. Each has a safe default. */
export interface ContainerLimits extends Limits {
  /** How many bytes a header may take, with its schema and metadata. Default 1 MiB. */
  readonly maxHeaderBytes: number
  /**
   * How many bytes a block may take, as it is stored and decompressed. Default 200 MiB. To decompress a large block
   * takes up to twice as much memory: lower this where that is scarce.
   */
  readonly maxBlockBytes: number
}

const MIB = 1024 * 1024

/** The limits of the container, and those of its values. */
export interface SplitLimits {
  readonly maxHeaderBytes: number
  readonly maxBlockBytes: number
  readonly values: Partial<Limits> | undefined
}

/** Fills in the limits that were not given. Throws a `TypeError` for one that is not a count. */
export function splitLimits(limits: Partial<ContainerLimits> = {}): SplitLimits {
  const { maxHeaderBytes = MIB, maxBlockBytes = 200 * MIB, ...values } = limits
  for (const [name, value] of Object.entries({ maxHeaderBytes, maxBlockBytes })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new TypeError(`limits.${name} must be an integer of 0 or more, got ${String(value)}`)
    }
  }
  return {
    maxHeaderBytes,
    maxBlockBytes,
    values: Object.keys(values).length === 0 ? undefined : values,
  }
}

/** The error of a block that is larger, as it is stored or decompressed, than is allowed. */
export function blockTooLarge(maxBlockBytes: number): AvroError {
  return new AvroError(
    "ERR_AVRO_LIMIT",
    `more than ${maxBlockBytes} bytes; raise limits.maxBlockBytes to accept it`,
  )
}
