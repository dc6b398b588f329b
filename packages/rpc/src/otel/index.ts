// OpenTelemetry: traces and metrics of calls, by interceptors of a client and of a service.

export { type TelemetryOptions } from "./instruments.ts"
export { clientTelemetry, serverTelemetry } from "./telemetry.ts"
