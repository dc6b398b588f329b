import { expect, test } from "vitest"
import { defaultHostsFile, parseHosts } from "./hosts.ts"

test("a hosts file is read: blanks, comments, aliases, zones, case, line ends of Windows", () => {
  const text = [
    "# a comment",
    "127.0.0.1\tlocalhost  loopback # and another",
    "  ::1 localhost ip6-localhost\r",
    "fe80::1%lo0 linked",
    "192.0.2.1 Printer printer.test.",
    "192.0.2.2 printer",
    "192.0.2.2 printer",
    "",
    "192.0.2.3",
    "300.0.2.1 wrong",
    "nonsense",
  ].join("\n")
  expect(Object.fromEntries(parseHosts(text))).toEqual({
    localhost: ["127.0.0.1", "::1"],
    loopback: ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    linked: ["fe80::1%lo0"],
    printer: ["192.0.2.1", "192.0.2.2"],
    "printer.test": ["192.0.2.1"],
  })
})

test("names that objects have of themselves are names like others", () => {
  const hosts = parseHosts("192.0.2.1 __proto__ constructor")
  expect(hosts.get("__proto__")).toEqual(["192.0.2.1"])
  expect(hosts.get("tostring")).toBeUndefined()
})

test("one name has at most 256 addresses", () => {
  const text = Array.from({ length: 10_000 }, (_, i) => `10.0.${i >> 8}.${i & 255} same`).join("\n")
  expect(parseHosts(text).get("same")).toHaveLength(256)
})

test("the file of the system is where the system keeps it", () => {
  expect(defaultHostsFile("linux")).toBe("/etc/hosts")
  expect(defaultHostsFile("win32", { SystemRoot: "D:\\Windows" })).toMatch(
    /^D:\\Windows.System32.drivers.etc.hosts$/,
  )
})
