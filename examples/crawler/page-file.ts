// The pages of a crawl in a container file, which is all that it knows of earlier ones: whatever way a crawl
// ended, the next goes on from what is in the file.

import { rename, rm } from "node:fs/promises"
import { AvroError } from "@avrolet/avro"
import {
  appendContainer,
  type ContainerWriter,
  createContainerWriter,
  readContainer,
  repairContainer,
} from "@avrolet/avro/container"
import { Page } from "./page.ts"

/** A file that pages are added to. */
export interface PageFile extends AsyncDisposable {
  /** Those that were in it already. */
  readonly pages: readonly Page[]
  /** Resolves when the page is in the file. */
  readonly keep: (page: Page) => Promise<void>
}

/** Makes the file, or goes on with it. Of a page that was not written whole nothing is left. */
export async function openPageFile(path: string): Promise<PageFile> {
  const writer = await openWriter(path)
  const pages: Page[] = []
  for await (const page of readContainer(Page)(path)) pages.push({ ...page, body: new Uint8Array() })
  return {
    pages,
    keep: async (page) => {
      await writer.write(page)
      await writer.flush()
    },
    [Symbol.asyncDispose]: () => writer.close(),
  }
}

async function openWriter(path: string): Promise<ContainerWriter<Page>> {
  try {
    return await appendContainer(Page, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return createContainerWriter(Page, path, OPTIONS)
    if (!(error instanceof AvroError && error.code === "ERR_AVRO_TRUNCATED")) throw error
  }
  return repair(path)
}

const OPTIONS = { codec: "deflate" } as const

async function repair(path: string): Promise<ContainerWriter<Page>> {
  const repaired = `${path}.repaired`
  await rm(repaired, { force: true })
  await repairContainer(path, repaired)
  await rename(repaired, path)
  return appendContainer(Page, path)
}
