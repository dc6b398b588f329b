// Container files: values with their schema, in blocks that can be compressed.
export { type AppendContainerOptions, appendContainer } from "./append.ts"
export type { BlockOptions } from "./block-encoder.ts"
export { type BlockFramer, createBlockFramer } from "./block-framer.ts"
export {
  type ContainerIndex,
  type IndexContainerOptions,
  type IndexedBlock,
  indexContainer,
} from "./block-index.ts"
export type { ContainerSource } from "./chunks.ts"
export type { ContainerCodec, ContainerCodecName, ContainerCodecs } from "./codec.ts"
export type { ContainerDestination } from "./destination.ts"
export type { ContainerProgress, ReadContainerOptions } from "./file-blocks.ts"
export type { ContainerHeader } from "./header.ts"
export type { ContainerLimits } from "./limits.ts"
export { type ContainerBlock, readContainer, readContainerBlocks } from "./read.ts"
export {
  type ContainerRepair,
  type LostPart,
  type RepairContainerOptions,
  repairContainer,
} from "./repair.ts"
export type { ContainerRange, StoredBlocksOptions } from "./stored-blocks.ts"
export type { ContainerValues } from "./values.ts"
export { type WriteContainerOptions, writeContainer } from "./write.ts"
export { type ContainerWriter, createContainerWriter } from "./writer.ts"
