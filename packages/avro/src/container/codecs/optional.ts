// Libraries that a codec is made with. They are not needed before a file of that codec is met, and may be missing.

import { AvroError } from "../../errors.ts"

/** Loads a library. Throws `ERR_AVRO_CODEC`, with what to install, where it is missing. */
export async function loadLibrary<T>(codec: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new AvroError(
      "ERR_AVRO_CODEC",
      `The codec "${codec}" needs the package ${name}, which cannot be loaded: npm install ${name}`,
      { cause },
    )
  }
}

/** Loads at the first call. What is loaded stays loaded; what failed is tried again: it may be installed by then. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return async () => {
    loading ??= load()
    try {
      return await loading
    } catch (error) {
      loading = undefined
      throw error
    }
  }
}
