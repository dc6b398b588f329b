import { expect, test } from "vitest"
import { type HostName, parseHostName } from "./host-name.ts"
import { candidatesOf } from "./search.ts"

const pod = { search: ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"], ndots: 5 }
const office = { search: ["office.test"], ndots: 1 }

test.for([
  ["printer", office, ["printer.office.test", "printer"]],
  ["printer.", office, ["printer"]],
  ["www.example.test", office, ["www.example.test", "www.example.test.office.test"]],
  ["printer", { search: ["office.test"], ndots: 0 }, ["printer", "printer.office.test"]],
  ["printer", { search: [], ndots: 1 }, ["printer"]],
  ["cart", pod, ["cart.shop.svc.cluster.local", "cart.svc.cluster.local", "cart.cluster.local", "cart"]],
  ["a.b.c.d.e.f", pod, ["a.b.c.d.e.f", ...pod.search.map((domain) => `a.b.c.d.e.f.${domain}`)]],
] as const)("%s with %o is looked for as %o", ([name, conf, expected]) => {
  expect(candidatesOf(parseHostName(name) as HostName, conf)).toEqual(expected)
})

test("a name that a domain makes too long is not looked for", () => {
  const long = "x.".repeat(120) + "x"
  expect(candidatesOf({ name: long, isAbsolute: false }, { search: ["long.office.test"], ndots: 1 })).toEqual(
    [long],
  )
})
