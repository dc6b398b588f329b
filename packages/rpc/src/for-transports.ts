// For packages that carry calls over something else, as @avrolet/nats does: what the transports of this package
// share. To make and to serve calls nobody needs it.

export { neverCancelled } from "./cancellation.ts"
export { tooLarge } from "./framing.ts"
export { Admission, type AdmissionOptions } from "./net/admission.ts"
export { checkLimits } from "./net/check-limits.ts"
export { createServiceChoice, type ServiceChoice, type Services, setClosing } from "./net/choose-service.ts"
export type { CloseOptions } from "./net/listen.ts"
export { createServerSession, publishRefusal, respondInSession } from "./respond.ts"
export { CallTable, type Numbered } from "./tcp/call-table.ts"
