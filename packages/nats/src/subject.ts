// Subjects: where requests go, where they are given up, and where answers may go.
//
//   <subject>           requests, each to one server of the queue group
//   <subject>.$CANCEL   empty messages to every server: whoever serves the call with this reply subject may stop

/** Throws a `TypeError` for what is no single subject: tokens between dots, without wildcards. */
export function checkSubject(name: string, subject: string): void {
  if (!/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(subject))
    throw new TypeError(
      `${name} must be tokens between dots, without wildcards, got ${JSON.stringify(subject)}`,
    )
}

/** Where the calls that are made on a subject are given up. */
export const cancelSubject = (subject: string): string => `${subject}.$CANCEL`

/**
 * Whether an answer may go there. Subjects that begin with `$` are the broker's own: a request that names one for
 * its answer would have the server speak to the broker, with the server's rights.
 */
export const isAnswerable = (reply: string): boolean => !reply.startsWith("$")

/** What the answers to one client have in common: the broker tells no more of who it is. */
export function inboxOf(reply: string): string | undefined {
  const end = reply.lastIndexOf(".")
  return end > 0 ? reply.slice(0, end) : undefined
}
