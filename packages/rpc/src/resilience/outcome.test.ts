import { describe, expect, test } from "vitest"
import { RpcError, type RpcErrorCode } from "../errors.ts"
import { mayBeTriedAgain, type Outcome, outcomeOf } from "./outcome.ts"

type Again = "always" | "if safe" | "never"

describe("what a call fails with", () => {
  test.for<[RpcErrorCode, boolean | undefined, Outcome, Again]>([
    ["ERR_RPC_CONNECTION", false, "unreachable", "always"],
    ["ERR_RPC_CONNECTION", true, "bad", "if safe"],
    ["ERR_RPC_TIMEOUT", undefined, "bad", "if safe"],
    ["ERR_RPC_TRUNCATED", undefined, "bad", "if safe"],
    ["ERR_RPC_OVERLOADED", undefined, "bad", "always"],
    ["ERR_RPC_UNAVAILABLE", undefined, "bad", "always"],
    ["ERR_RPC_HANDSHAKE", undefined, "bad", "never"],
    ["ERR_RPC_HTTP_STATUS", undefined, "bad", "never"],
    ["ERR_RPC_SERIAL", undefined, "bad", "never"],
    ["ERR_RPC_DECLARED", undefined, "good", "never"],
    ["ERR_RPC_REMOTE", undefined, "good", "never"],
    ["ERR_RPC_UNAUTHENTICATED", undefined, "good", "never"],
    ["ERR_RPC_FORBIDDEN", undefined, "good", "never"],
    ["ERR_RPC_UNKNOWN_MESSAGE", undefined, "good", "never"],
    ["ERR_RPC_REQUEST", undefined, "good", "never"],
    ["ERR_RPC_RESPONSE", undefined, "good", "never"],
    ["ERR_RPC_METADATA", undefined, "unknown", "never"],
    ["ERR_RPC_MESSAGE_SIZE", false, "unknown", "never"],
    ["ERR_RPC_CIRCUIT_OPEN", undefined, "unknown", "never"],
  ])(
    "%s, may have been served: %s, is %s of its server, and to be tried again %s",
    ([code, served, outcome, again]) => {
      const error = new RpcError(code, "", served === undefined ? {} : { mayHaveBeenServed: served })
      expect(outcomeOf(error)).toBe(outcome)
      expect(mayBeTriedAgain(error, false)).toBe(again === "always")
      expect(mayBeTriedAgain(error, true)).toBe(again !== "never")
    },
  )

  test.for<[number, Outcome, Again]>([
    [404, "bad", "never"], // a proxy that leads elsewhere
    [413, "unknown", "never"], // the call is too large
    [429, "bad", "if safe"],
    [500, "bad", "never"],
    [503, "bad", "if safe"],
  ])("an HTTP status of %s is %s of its server, and to be tried again %s", ([httpStatus, outcome, again]) => {
    const error = new RpcError("ERR_RPC_HTTP_STATUS", "", { httpStatus })
    expect(outcomeOf(error)).toBe(outcome)
    expect(mayBeTriedAgain(error, true)).toBe(again === "if safe")
    expect(mayBeTriedAgain(error, false)).toBe(false)
  })

  test("the signal's time being over is the server's failure, any other reason of a signal is nobody's", async () => {
    const signal = AbortSignal.timeout(1)
    await new Promise((resolve) => signal.addEventListener("abort", resolve))
    expect(outcomeOf(signal.reason)).toBe("bad")
    expect(outcomeOf(AbortSignal.abort().reason)).toBe("unknown")
    expect(outcomeOf(new Error("changed my mind"))).toBe("unknown")
    expect(mayBeTriedAgain(signal.reason, true)).toBe(false)
  })
})
