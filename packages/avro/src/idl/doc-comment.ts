// Documentation comments → text: without the indentation that their lines have in common, and without the
// stars before them. The same text as Java's tool takes from them.
//
//   /** One line. */       /**                 /** Where it starts,
//                           * With stars.          and goes on.
//                           */                     */

/** The text of a comment, from what stands between its marks. */
export function textOfDoc(comment: string): string {
  // What Java's trim takes off: control characters too.
  const text = comment.slice(startOfText(comment), endOfText(comment))
  const [first = "", ...rest] = text.split(LINES)
  const stars = ["**", "*"].find((mark) => first.startsWith(mark) && hasAll(rest, mark))
  if (stars !== undefined) {
    return withLines(text, (line) => line.replace(INDENT, "").slice(stars.length).replace(ONE_SPACE, ""))
  }
  const indent = commonIndent(rest)
  return withLines(text, (line, index) => (index === 0 ? line : line.slice(indent)))
}

const LINES = /\r\n|[\n\r\x85\u2028\u2029]/
const INDENT = /^[ \t\xA0\u1680\u2000-\u200A\u202F\u205F\u3000]+/
const ONE_SPACE = /^[ \t\xA0\u1680\u2000-\u200A\u202F\u205F\u3000]/

function startOfText(comment: string): number {
  let start = 0
  while (start < comment.length && (comment[start] as string) <= " ") start++
  return start
}

function endOfText(comment: string): number {
  let end = comment.length
  while (end > 0 && (comment[end - 1] as string) <= " ") end--
  return Math.max(end, startOfText(comment))
}

const hasAll = (lines: readonly string[], mark: string): boolean =>
  lines.every((line) => line.replace(INDENT, "").startsWith(mark))

/** How much white space all of the lines begin with alike. */
function commonIndent([first = "", ...rest]: readonly string[]): number {
  const [indent = ""] = INDENT.exec(first) ?? []
  let length = indent.length
  for (const line of rest) {
    let common = 0
    while (common < length && line[common] === indent[common]) common++
    length = common
  }
  return length
}

/** A text with each of its lines changed, and what separates them left as it is. */
function withLines(text: string, change: (line: string, index: number) => string): string {
  return text
    .split(/(\r\n|[\n\r\x85\u2028\u2029])/)
    .map((part, index) => (index % 2 === 0 ? change(part, index / 2) : part))
    .join("")
}
