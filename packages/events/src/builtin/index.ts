// Events that many programs have: logs, metrics, and what happens in the process.

export { captureConsole } from "./capture-console.ts"
export {
  CallMade,
  CallRefused,
  CallServed,
  LoopBlocked,
  NameLookedUp,
  ServerChanged,
} from "./diagnostic-events.ts"
export { Log } from "./log.ts"
export { Counted, Gauged, Measured } from "./metric-events.ts"
export {
  type Counter,
  createMetrics,
  type Gauge,
  type Histogram,
  type Labels,
  type Metrics,
  type MetricsOptions,
} from "./metrics.ts"
export { recordDiagnostics } from "./record-diagnostics.ts"
export { ProcessVitals, recordVitals, type VitalsOptions } from "./vitals.ts"
