// Events in container files: the store that needs nothing but a directory.

export { type Durability, type FileSinkOptions, fileSink } from "./file-sink.ts"
export { type FileSourceOptions, fileSource } from "./file-source.ts"
export { type EventFileName, listEventFiles } from "./list-files.ts"
export type { Retention } from "./retention.ts"
