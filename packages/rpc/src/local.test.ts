import { describe } from "vitest"
import { localTransport } from "./local.ts"
import { transportContract } from "./transport.contract.ts"

describe("the local transport", () => {
  transportContract(async (service) => ({ transport: localTransport(service), stop: async () => {} }))
})
