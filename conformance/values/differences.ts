// Where a peer judges otherwise than the specification and we do, and why. Whatever is listed has to be
// so: a peer that mends it makes the test fail, and its line goes.

import { sameJson, sameOrder } from "./agree.ts"
import type { Answer, Question } from "./peers.ts"

/** A case, by its name, and the reason why the peer answers it otherwise. */
export interface Difference {
  readonly case: string
  readonly reason: string
}

const alike = (reason: string, ...cases: readonly string[]): Difference[] =>
  cases.map((name) => ({ case: name, reason }))

/** Of cases/, for each peer. */
export const differences: Readonly<Record<"java" | "python", readonly Difference[]>> = {
  java: [
    ...alike("aliases have to be names", "A26 any string as an alias"),
    ...alike("names of primitive types are free in a namespace", "A20 a type called int in a namespace"),
    ...alike("an equal definition may be repeated", "A22 a type twice"),
    ...alike("names may be used before they are defined", "A23 a name before it is defined"),
    ...alike("letters are those of Unicode", "A30 letters beyond ASCII"),
    ...alike(
      "the text of such a default is not checked",
      "B2 a default beyond U+00FF",
      "B2 a fixed default of another size",
    ),
    ...alike("any byte but 1 is false", "C2 a boolean of 2"),
    ...alike("bits beyond the 32nd are dropped", "C3 an int beyond 32 bits"),
    ...alike("the bytes of a string are not checked", "C6 a string that is not UTF-8"),
    ...alike("a top-level record without fields writes no JSON", "C7 record without fields, read"),
    ...alike("what follows the branch is skipped", "D5 a second branch"),
    ...alike("fields that it does not know are skipped", "D5 a field that is not there"),
    ...alike("other characters become question marks", "D3 bytes beyond U+00FF"),
    ...alike(
      "GenericData compares bytes as signed; BinaryData does not",
      "F4 bytes are unsigned",
      "F4 bytes are unsigned, reversed",
    ),
    ...alike("names of records do not count", "J2 a record of another name"),
    ...alike("scales are not compared, data would change its value", "J11 decimals of another scale"),
  ],
  python: [
    ...alike("names of primitive types are free in a namespace", "A20 a type called int in a namespace"),
    ...alike("names of fields are not checked", "A13 a field's name with a dash"),
    ...alike(
      "defaults are not checked",
      "B1 a string as the default of an int",
      "B2 a default beyond U+00FF",
      "B2 a fixed default of another size",
      "B3 a default of no branch",
      "B4 a fraction as the default of an int",
      "B4 a default beyond 32 bits",
      "B5 a record's default without its field",
    ),
    ...alike("any byte but 1 is false", "C2 a boolean of 2"),
    ...alike("its integers have no bounds", "C3 an int beyond 32 bits"),
    ...alike(
      "it has no JSON encoding, the peer's is lenient",
      "D5 a second branch",
      "D5 an int out of range",
      "D5 a long out of range",
      "D5 a fixed of another size",
      "D5 a field that is not there",
      "D2 L1 a logical type in a union, by its type, read",
      "J11 the same decimals",
    ),
    ...alike("no promotion inside arrays and maps", "J1 items", "J1 values", "J4 a nested promotion"),
    ...alike("full names are compared", "J2 a fixed of another namespace"),
    ...alike("no promotion between them", "J3 a string as bytes", "J3 bytes as a string"),
    ...alike("only the first branch may have a default", "B3 a default of a union's second branch"),
    ...alike("the reader's default is not used", "J5 an unknown symbol with a default"),
    ...alike("refused when the schemas meet, not by value", "J6 J8 a branch that fits"),
    ...alike(
      "it knows no aliases",
      "J9 the alias of a type",
      "J9 the alias of a field",
      "J9 the alias of an enum in an array",
      "J9 the alias of a fixed with its namespace",
    ),
    ...alike("an annotated primitive type stays an object", "K1 primitives"),
    ...alike("a name in a union is written out again", "K2 K9 a name within its namespace"),
    ...alike("an empty namespace is not the null one", "K2 the null namespace"),
  ],
}

/** A difference that random cases run into, told by the question and both answers. */
interface GeneralDifference {
  readonly reason: string
  applies(question: Question, ours: Answer, theirs: Answer): boolean
}

/** For random cases: the differences that have not one schema but many. */
export const generalDifferences: Readonly<Record<"java" | "python", readonly GeneralDifference[]>> = {
  java: [
    {
      reason: "GenericData compares bytes as signed; BinaryData does not",
      applies: (question, ours, theirs) =>
        question.do === "compare" &&
        question.schema.includes('"bytes"') &&
        sameOrder(partOf(ours, "bytes"), partOf(theirs, "bytes")),
    },
    {
      reason: "a top-level record of nothing but records without fields writes no JSON",
      applies: (_question, _ours, theirs) => theirs.ok === "",
    },
    {
      reason: "items are counted against the bytes that the reader's schema needs for one, not the writer's",
      applies: (_question, _ours, theirs) => begins(theirs.error, "EOFException: Collection claims"),
    },
    {
      reason: "the bytes of a string are not checked",
      applies: (_question, ours, theirs) => has(ours.error, "not valid UTF-8") && has(theirs.ok, "\ufffd"),
    },
    {
      reason: "names of records do not count, also in unions where no other branch matches",
      applies: (_question, { error }, theirs) =>
        (has(error, "their names differ") || has(error, "has no branch for random.")) && has(theirs.ok, "{"),
    },
    {
      reason: "arrays and maps match whatever is in them, so an empty one can be read",
      applies: matchesEmpty,
    },
  ],
  python: [
    {
      reason: "it refuses what the specification resolves: aliases, enum defaults, nested promotions, unions",
      applies: (question, _ours, theirs) =>
        question.do === "decode" &&
        question.writer !== undefined &&
        (begins(theirs.error, "SchemaResolutionException") ||
          begins(theirs.error, "InvalidDefaultException")),
    },
    {
      reason: "a promoted number is not converted",
      applies: (question, ours, theirs) =>
        question.do === "decode" &&
        question.writer !== undefined &&
        ours.ok !== undefined &&
        theirs.ok !== undefined &&
        sameJson(ours.ok as string, theirs.ok as string, true),
    },
    {
      reason: "arrays and maps in unions match whatever is in them, so an empty one can be read",
      applies: matchesEmpty,
    },
  ],
}

function matchesEmpty(_question: Question, { error }: Answer, theirs: Answer): boolean {
  const refused = has(error, "has no branch for array") || has(error, "has no branch for map")
  return refused && (has(theirs.ok, "[]") || has(theirs.ok, "{}"))
}

const has = (text: unknown, part: string): boolean => typeof text === "string" && text.includes(part)
const begins = (text: unknown, start: string): boolean => typeof text === "string" && text.startsWith(start)

const partOf = (answer: Answer, part: string): unknown =>
  (answer.ok as Record<string, unknown> | undefined)?.[part]

/** Schemas of Python's own tests that it takes and we do not. */
export const schemasPythonAccepts: readonly Difference[] = [
  {
    case: '{"type": "fixed", "name": "NullNamespace", "namespace": null, "size": 1}',
    reason: "a namespace is a string (A14)",
  },
  ...alike(
    "the names of primitive types cannot be defined in any namespace (A20)",
    '{"type": "enum", "name": "ns.int", "symbols": ["A", "B"]}',
    '{"type": "enum", "namespace": "ns", "name": "int", "symbols": ["A", "B"]}',
    '{"type": "record", "name": "ns.int", "fields": [{"name": "value", "type": "int"}, {"name": "next", "type": ["null", "ns.int"]}]}',
  ),
]
