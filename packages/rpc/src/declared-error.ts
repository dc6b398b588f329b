// Errors that a message declares: thrown by a handler, encoded with their type, and thrown again at
// the client. Everything else that a handler throws reaches the client as "Internal error".

import type { ErrorTypes, Protocol } from "@avrolet/avro"
import { RpcError } from "./errors.ts"

/** An error that a protocol declares, on either side. Make one with `declaredError`. */
export class DeclaredError<Value = unknown> extends RpcError {
  override readonly name = "DeclaredError"
  /** The full name of the error's type. */
  readonly errorName: string
  readonly value: Value

  constructor(errorName: string, value: Value) {
    super("ERR_RPC_DECLARED", `${errorName} ${preview(value)}`)
    this.errorName = errorName
    this.value = value
  }

  /** Holds across copies of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof RpcError && value.code === "ERR_RPC_DECLARED"
  }
}

/**
 * The error to throw in a handler: `throw declaredError(Echo, "EmptyQuery", { reason: "…" })`. `name`
 * is written as in the protocol. Throws a `TypeError` for a name that is no error type of it.
 */
export function declaredError<
  Errors extends Record<keyof Errors, ErrorTypes>,
  Name extends keyof Errors & string,
>(
  protocol: Protocol<unknown, Errors>,
  name: Name,
  value: Errors[Name]["input"],
): DeclaredError<Errors[Name]["input"]> {
  return new DeclaredError(fullNameOf(protocol, name), value)
}

/** Whether a call failed with this declared error, whose fields are then in `error.value`. */
export function isDeclaredError<
  Errors extends Record<keyof Errors, ErrorTypes>,
  Name extends keyof Errors & string,
>(
  error: unknown,
  protocol: Protocol<unknown, Errors>,
  name: Name,
): error is DeclaredError<Errors[Name]["value"]> {
  return error instanceof DeclaredError && error.errorName === fullNameOf(protocol, name)
}

function fullNameOf(protocol: Protocol<unknown, unknown>, name: string): string {
  const namespace = protocol.name.slice(0, protocol.name.lastIndexOf(".") + 1)
  const full = protocol.types.has(name) ? name : namespace + name
  if (!protocol.types.has(full)) throw new TypeError(`Protocol ${protocol.name} has no error named ${name}`)
  return full
}

function preview(value: unknown): string {
  const text =
    JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? String(part) : part)) ?? ""
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}
