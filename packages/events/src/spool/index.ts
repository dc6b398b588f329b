// Events that wait on the disk.

export { type SetAside, type Spool, type SpoolOptions, spool } from "./spool.ts"
