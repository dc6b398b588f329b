// Everything that is public in @avrolet/watchdog. `@avrolet/watchdog/register` starts it without a code change.

export type { Block, BlockCause, BlockFigures, BlockStack, Frame, ThreadIdentity } from "./block.ts"
export { WatchdogError, type WatchdogErrorCode } from "./errors.ts"
export { type CpuProfile, type CpuProfileNode, toCpuProfile, toFoldedStacks } from "./flame.ts"
export type { BlockLine, ReportLine, SummaryLine, TroubleLine } from "./format-json.ts"
export { type InterruptibleOptions, interruptible } from "./interrupt/interruptible.ts"
export type { Policy } from "./publish-block.ts"
export type { ReportForm } from "./report-style.ts"
export type { Contexts, Served } from "./served.ts"
export { type Watchdog, type WatchOptions, watchEventLoop } from "./watch-event-loop.ts"
