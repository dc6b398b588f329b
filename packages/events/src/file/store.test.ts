import { storeContract } from "../store.contract.ts"
import { newDirectory } from "../testing/directory.ts"
import { fileSink, fileSource } from "./index.ts"

storeContract(async () => {
  const directory = await newDirectory()
  return { sink: async () => fileSink(directory), source: async () => fileSource(directory) }
})
