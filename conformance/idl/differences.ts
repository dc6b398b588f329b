// Apache's files that declare what we make no schema of. Whatever is listed has to be so. There is no file that
// one side reads and the other does not, or that they read otherwise.

/** The files, by the ends of their paths. */
export const withoutSchema: ReadonlyMap<string, string> = new Map([
  ["input/simple.avdl", "a default of NaN is none in JSON: Java's own parser refuses the declaration too"],
  ["input/unicode.avdl", "the letters of the specification's names are A to Z"],
])
