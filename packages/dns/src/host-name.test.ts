import { isIP } from "node:net"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { isLocalhost, parseHostName } from "./host-name.ts"

describe("a name to look up", () => {
  test.for([
    ["example.test", "example.test", false],
    ["Example.TEST", "example.test", false],
    ["example.test.", "example.test", true],
    ["bücher.test", "xn--bcher-kva.test", false],
    ["例え.テスト", "xn--r8jz45g.xn--zckzah", false],
    ["_service._tcp.example.test", "_service._tcp.example.test", false],
    ["4.example", "4.example", false],
    ["x".repeat(63), "x".repeat(63), false],
  ] as const)("%s is asked for as %s", ([given, name, isAbsolute]) => {
    expect(parseHostName(given)).toEqual({ name, isAbsolute })
  })

  test.for([
    ["nothing but a dot", "."],
    ["an empty label", "a..test"],
    ["an empty first label", ".test"],
    ["a label of 64 characters", `${"x".repeat(64)}.test`],
    ["300 characters", "a.".repeat(150)],
    ["254 characters", `${"a.".repeat(126)}ab`],
    ["a megabyte", "a".repeat(2 ** 20)],
    ["a blank", "a b.test"],
    ["a NUL, at which C would end it", "localhost\0.test"],
    ["a backslash, which escapes in c-ares", "a\\046test"],
    ["a per cent sign, which escapes in URLs", "%6cocalhost"],
    ["a slash", "a/b"],
    ["an address in a short form", "127.1"],
    ["an address that is one number", "2130706433"],
    ["an address in digits of full width", "１２７.０.０.１"],
    ["an address in hexadecimal", "0x7f000001"],
    ["an address with too many parts", "1.2.3.4.5"],
    ["what IDNA forbids", "\u{ff}\u{200b}\u{fffd}.test"],
  ] as const)("with %s is none", ([, given]) => {
    expect(parseHostName(given)).toBeUndefined()
  })

  test.for([
    ["localhost", true],
    ["app.localhost", true],
    ["notlocalhost", false],
    ["localhost.test", false],
  ] as const)("%s: this machine? %s", ([name, expected]) => {
    expect(isLocalhost(name)).toBe(expected)
  })
})

test("whatever is given, what is asked for is a name that DNS and c-ares take as it is", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.domain(), fc.ipV4()), (given) => {
      const host = parseHostName(given)
      if (host === undefined) return
      expect(host.name.length).toBeLessThanOrEqual(253)
      expect(host.name).toMatch(/^([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/)
      expect(isIP(host.name)).toBe(0)
    }),
  )
})
