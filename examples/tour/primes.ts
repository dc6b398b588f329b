// A service that does what no service should: it computes on the event loop.

import { protocol } from "@avrolet/avro"
import { implement } from "@avrolet/rpc"

export const Primes = protocol({
  protocol: "Primes",
  namespace: "example",
  messages: {
    count: { request: [{ name: "below", type: "int" }], response: "int" },
  },
})

export const primes = implement(Primes, {
  count: ({ below }) => countPrimes(below),
})

function countPrimes(below: number): number {
  let count = 0
  for (let candidate = 2; candidate < below; candidate++) if (isPrime(candidate)) count++
  return count
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) return false
  return true
}
