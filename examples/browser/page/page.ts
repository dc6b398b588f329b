// A search box: every key asks anew, and gives up the answer that it no longer needs.

import { createClient, isDeclaredError } from "@avrolet/rpc"
import { fetchTransport } from "@avrolet/rpc/fetch"
import { Search } from "./protocol.ts"

const [input] = document.getElementsByTagName("input")
const [output] = document.getElementsByTagName("output")
const client = createClient(Search, fetchTransport(document.body.dataset["service"] ?? "/"))

let previous = new AbortController()

input?.addEventListener("input", () => {
  previous.abort()
  const current = new AbortController()
  previous = current
  show("…")
  void answerTo(input.value, current.signal).then((answer) => {
    if (current === previous) show(answer)
  })
})

async function answerTo(text: string, signal: AbortSignal): Promise<string> {
  try {
    const names = await client.search({ text }, { signal, timeoutMillis: 2000 })
    return names.join(" ") || "nothing"
  } catch (error) {
    if (isDeclaredError(error, Search, "TooShort")) return `at least ${error.value.minLength} letters`
    return String(error)
  }
}

function show(text: string): void {
  if (output) output.textContent = text
}
