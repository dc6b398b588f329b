// A parser as it should not be: its expression tries every way to divide a long word.

import { type Parsed, parseLinks } from "./links.ts"

const WORD = /^([a-z]+)*$/

/** Finds what `parseLinks` does, and holds up everything else meanwhile. */
export function parseSlowly(html: string, url: string): Parsed {
  const words: string[] = []
  for (const text of html.split(/<\/?p>/)) if (WORD.test(text)) words.push(text)
  return { ...parseLinks(html, url), title: words[0] ?? null }
}
