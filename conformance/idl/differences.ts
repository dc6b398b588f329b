// Where Java's reader and we differ. Whatever is listed has to be so. Of Apache's files there is none that one side
// reads and the other does not, or that they read otherwise.

/** A text that Java reads otherwise, or one side does not read. */
export interface Difference {
  readonly text: string
  readonly reason: string
  /** What there is in the declarations to show it: each a part of its JSON, `undefined` where it is refused. */
  readonly ours: string | undefined
  readonly javas: string | undefined
}

export const differences: readonly Difference[] = [
  {
    text: "protocol P { /**/ void a(); /* */ void b(); }",
    reason: "its empty comment may begin a documentation comment",
    ours: '"a":{"request"',
    javas: '"messages":{"b":{"doc":"/ void a(); /*"',
  },
  {
    text: "protocol P { record R {} @a(1) R get(); }",
    reason: "it takes the annotation of a message for one of a type that is referred to",
    ours: '"get":{"a":1',
    javas: undefined,
  },
  {
    text: "protocol P { int a(); long a(); }",
    reason: "a second message of a name takes the place of the first",
    ours: undefined,
    javas: '"response":"long"',
  },
  {
    text: 'record R { string a = "b\\/c"; }',
    reason: "its strings are Java's, and JSON's escaped slash is none of theirs",
    ours: '"default":"b/c"',
    javas: undefined,
  },
  {
    text: "record R { long a = 9007199254740993; }",
    reason: "a number of ours is exact or refused",
    ours: undefined,
    javas: '"default":900719925474099',
  },
  {
    text: '@namespace("n") record R { A a; } record A {}',
    reason: "a name means the type in its namespace, and failing that the one in none",
    ours: '"fields":[{"name":"a","type":{"type":"record","name":"A","namespace":""',
    javas: undefined,
  },
]

/** The files, by the ends of their paths. */
export const withoutSchema: ReadonlyMap<string, string> = new Map([
  ["input/unicode.avdl", "the letters of the specification's names are A to Z"],
])

/** The files of Apache's that no module is generated of, with the reasons. */
export const notGenerated: ReadonlyMap<string, string> = new Map([
  ["idl/AnnotationOnTypeReference.avdl", "it is there to be refused"],
  ["idl/extra/duplicateNameErrorParsing.avdl", "it is there to be refused"],
  [
    "idl/input/player.avsc",
    "it takes a type from another file, which only a parser that read that one knows",
  ],
  ["idl/input/unicode.avdl", "the letters of its names"],
  ["idl/output/unicode.avpr", "the letters of its names"],
])
