import { AvroError } from "../errors.ts"

/** The `AvroError` that `action` throws. Anything else it throws goes on; throwing nothing is an error. */
export function caught(action: () => unknown): AvroError {
  try {
    action()
  } catch (error) {
    if (error instanceof AvroError) return error
    throw error
  }
  throw new Error("Expected an AvroError, and nothing was thrown")
}
