// What a crawler wants of a page: its title, and where it leads.

import { Parser } from "htmlparser2"

const MAX_LINKS = 1000
const MAX_URL_CHARS = 2000
const MAX_TITLE_CHARS = 300

/** What was found in a page. */
export interface Parsed {
  readonly title: string | null
  /** Each once, absolute, http or https, without a fragment; at most 1000. */
  readonly links: string[]
}

/** Finds the title and the links of a page. Takes whatever is called HTML. */
export function parseLinks(html: string, url: string): Parsed {
  const links = new Set<string>()
  let base = url
  let title: string | null = null
  let isInTitle = false
  const parser = new Parser({
    onopentag(name, { href, rel = "" }) {
      if (name === "base") base = resolveLink(href, url) ?? base
      if (name === "a" && !rel.split(" ").includes("nofollow")) {
        const link = resolveLink(href, base)
        if (link !== undefined && links.size < MAX_LINKS) links.add(link)
      }
      isInTitle = name === "title" && title === null
    },
    ontext(text) {
      if (isInTitle) title = `${title ?? ""}${text}`.slice(0, MAX_TITLE_CHARS)
    },
    onclosetag() {
      isInTitle = false
    },
  })
  parser.end(html)
  return { title, links: [...links] }
}

/** The address that a link leads to, if a crawler can go there. */
export function resolveLink(href: string | undefined, base: string): string | undefined {
  if (href === undefined || href.length > MAX_URL_CHARS || !URL.canParse(href, base)) return undefined
  const url = new URL(href, base)
  url.hash = ""
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : undefined
}
