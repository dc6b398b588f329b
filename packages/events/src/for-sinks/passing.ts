import { EventsError } from "../errors.ts"

/** Whether a store that failed so may take the same later, and nothing that is behind it before. */
export const isPassing = (error: unknown): boolean =>
  error instanceof EventsError &&
  (error.code === "ERR_EVENTS_UNAVAILABLE" ||
    error.code === "ERR_EVENTS_FULL" ||
    error.code === "ERR_EVENTS_FORBIDDEN")
