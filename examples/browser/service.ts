// Searches the names of Node's own modules. One of them takes its time, to have something to wait for.

import { builtinModules } from "node:module"
import { setTimeout } from "node:timers/promises"
import { declaredError, implement } from "@avrolet/rpc"
import { Search } from "./page/protocol.ts"

const MIN_LENGTH = 2
const SLOW_MILLIS = 30_000

export const search = implement(Search, {
  search: async ({ text }, { signal }) => {
    if (text.length < MIN_LENGTH) throw declaredError(Search, "TooShort", { minLength: MIN_LENGTH })
    if (text === "timers") await setTimeout(SLOW_MILLIS, undefined, { signal })
    return builtinModules.filter((name) => name.includes(text))
  },
})
