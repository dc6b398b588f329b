// Everything that is public in @avrolet/watchdog. `@avrolet/watchdog/register` starts it without a code change.

export type { Block, BlockCause, BlockFigures, BlockStack, Frame } from "./block.ts"
export { WatchdogError, type WatchdogErrorCode } from "./errors.ts"
export { type CpuProfile, type CpuProfileNode, toCpuProfile, toFoldedStacks } from "./flame.ts"
export { type InterruptibleOptions, interruptible } from "./interrupt/interruptible.ts"
export type { Contexts, Served } from "./served.ts"
export { type Watchdog, type WatchOptions, watchEventLoop } from "./watch-event-loop.ts"
