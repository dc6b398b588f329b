// One request, by a client that trusts nobody: a page may be endless, come in drips, or be no page at all.

import { parseLinks, resolveLink } from "./links.ts"
import type { Page } from "./page.ts"

/** How pages are fetched, and what they may take. */
export interface FetchOptions {
  /** A body that is larger is given up. Default 1 MiB. */
  readonly maxPageBytes?: number
  /** How long a page may take, with all of its body. Default 10,000. */
  readonly pageMillis?: number
  /** What reads a page. Default `parseLinks`. */
  readonly parse?: typeof parseLinks
}

/** By what name servers, and their robots.txt, know the crawler. */
export const USER_AGENT = "avrolet-crawler"

/**
 * Fetches a page. A redirect is not followed: it is a page with one link, so that whoever keeps count of what was
 * visited finds circles as with any other link. Rejects where there is no whole page within the limits.
 */
export async function fetchPage(
  url: string,
  { maxPageBytes = 2 ** 20, pageMillis = 10_000, parse = parseLinks }: FetchOptions,
  signal: AbortSignal,
): Promise<Page> {
  const response = await fetch(url, {
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(pageMillis)]),
    headers: { "user-agent": USER_AGENT, accept: "text/html" },
  })
  const [type = ""] = (response.headers.get("content-type") ?? "").split(";")
  const page = { url, fetchedAt: new Date(), status: response.status, type, title: null }

  const location = response.headers.get("location")
  if (type !== "text/html" || location !== null) {
    await response.body?.cancel()
    const link = location === null ? undefined : resolveLink(location, url)
    return { ...page, links: link === undefined ? [] : [link], body: new Uint8Array() }
  }
  const body = await readBody(response, maxPageBytes)
  return { ...page, ...parse(new TextDecoder().decode(body), url), body }
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`The page is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
