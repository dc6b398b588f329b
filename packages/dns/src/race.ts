// A and AAAA at the same time.

import type { Answer } from "./servers.ts"

/** How long the other family is waited for once one has addresses (RFC 8305, section 3). */
const RESOLUTION_DELAY_MILLIS = 50

/**
 * The answers for both families; or the one that has addresses, where the other takes longer. The other is
 * kept in the cache when it comes. Once there is `late`, an answer that says that the time is over, those that
 * have come, and that.
 */
export function race(
  answers: readonly (Answer | Promise<Answer>)[],
  late?: Promise<Answer>,
): Promise<Answer[]> {
  return new Promise((resolve) => {
    const arrived: Answer[] = []
    const finish = (): void => resolve(arrived)
    let timer: NodeJS.Timeout | undefined
    const arrive = (answer: Answer): void => {
      arrived.push(answer)
      if (arrived.length === answers.length) {
        clearTimeout(timer)
        finish()
      } else if (answer.addresses.length > 0) {
        // After a turn in which the event loop was late, a response that is there is read before it is too late.
        timer = setTimeout(() => setImmediate(finish), RESOLUTION_DELAY_MILLIS)
      }
    }
    for (const answer of answers) void Promise.resolve(answer).then(arrive)
    void late?.then((answer) => {
      clearTimeout(timer)
      resolve([...arrived, answer])
    })
  })
}
