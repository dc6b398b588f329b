// What a program is told of that has asked for nothing else.

/** A warning of the process. */
export function warn(message: string, code?: string): void {
  process.emitWarning(message, "EventsWarning", code)
}

/** What was left out, as a warning of the process. */
export const warnOfDamage = ({ message, code }: { readonly message: string; readonly code: string }): void =>
  warn(message, code)
