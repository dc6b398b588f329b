import { describe, expect, test } from "vitest"
import { textOfDoc } from "./doc-comment.ts"

describe("the text of a documentation comment", () => {
  test.for([
    ["one line", " A user. ", "A user."],
    ["nothing", " ", ""],
    ["stars before each line", "\n * One\n *  two\n *\n * three\n ", "One\n two\n\nthree"],
    ["two stars before each line", "** One\n   ** two\n   ", "One\ntwo"],
    ["more stars before later lines", "* One\n   ** two\n   ", "One\n* two"],
    ["stars before the later lines only", " One\n * two\n ", "One\n* two"],
    ["stars before some lines", "\n * One\n two\n ", "* One\ntwo"],
    ["common white space", " One\n    two\n      three\n    ", "One\ntwo\n  three"],
    ["no common white space", " One\n  two\nthree", "One\n  two\nthree"],
    ["an empty line among indented ones", " One\n\n    two", "One\n\n    two"],
    ["tabs and spaces that differ", " One\n\t two\n\t\tthree", "One\n two\n\tthree"],
    ["other line ends", " One\r\n   two\r   three", "One\r\ntwo\rthree"],
  ])("with %s", ([, comment, text]) => {
    expect(textOfDoc(comment as string)).toBe(text)
  })
})
