// Whether this environment lets code be made from strings. A content security policy, an edge runtime
// or node's --disallow-code-generation-from-strings does not.

let answer: boolean | undefined

/** Found out once, by trying. */
export function canGenerate(): boolean {
  if (answer === undefined) {
    try {
      answer = new Function("return true")() === true
    } catch {
      answer = false
    }
  }
  return answer
}
