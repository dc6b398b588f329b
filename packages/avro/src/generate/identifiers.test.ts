import { describe, expect, test } from "vitest"
import { Identifiers, isFree } from "./identifiers.ts"

describe("types are called", () => {
  test.for([
    { what: "by their simple names", types: ["User", "a.b.Role"], names: ["User", "Role"] },
    {
      what: "by their full names, where an earlier one has the simple one",
      types: ["a.User", "b.c.User", "b.Role"],
      names: ["User", "b_c_User", "Role"],
    },
    {
      what: "with something behind it, where that is taken too",
      types: ["C", "a_b_C", "a.b.C", "a_b.C"],
      names: ["C", "a_b_C", "a_b_C_", "a_b_C_2"],
    },
    {
      what: "not by words of the language",
      types: ["class", "a.number", "keyof"],
      names: ["class_", "a_number", "keyof_"],
    },
    {
      what: "not by what the module refers to",
      types: ["Uint8Array", "x.Schema"],
      names: ["Uint8Array_", "x_Schema"],
    },
    {
      what: "by names that objects inherit",
      types: ["__proto__", "constructor"],
      names: ["__proto__", "constructor"],
    },
  ])("$what", ({ types, names }) => {
    const identifiers = new Identifiers()
    expect(types.map((type) => identifiers.ofType(type))).toEqual(names)
  })
})

test("a name is given out once, and one that was chosen before not at all", () => {
  const identifiers = new Identifiers("User")
  expect(["User", "User", "User", "User"].map((name) => identifiers.claim(name))).toEqual([
    "User_",
    "User_2",
    "User_3",
    "User_4",
  ])
})

test.for([
  ["User", true],
  ["$_1", true],
  ["1", false],
  ["a b", false],
  ["class", false],
  ["Array", false],
  ["", false],
] as const)("%s may be exported: %s", ([name, free]) => {
  expect(isFree(name)).toBe(free)
})
