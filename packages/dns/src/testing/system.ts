// Calls of the system that fail, as they may on any machine.

import { syncBuiltinESMExports } from "node:module"

/** Has a function of a module of Node's throw an error with `code`, until it is disposed of. */
export function breakCall<Name extends string>(
  module: { [N in Name]: unknown },
  name: Name,
  code: string,
): Disposable {
  return replaceCall(module, name, () => {
    throw Object.assign(new Error(code), { code })
  })
}

/** Has another function in the place of one of a module of Node's, until it is disposed of. */
export function replaceCall<Name extends string>(
  module: { [N in Name]: unknown },
  name: Name,
  replacement: (...parameters: never[]) => unknown,
): Disposable {
  const own = module[name]
  const replace = (value: unknown): void => {
    Object.assign(module, { [name]: value })
    syncBuiltinESMExports()
  }
  replace(replacement)
  return { [Symbol.dispose]: () => replace(own) }
}
