// What holds the event loop up.

/** Holds the event loop: whatever arrives meanwhile is read after. */
export function block(millis: number): void {
  const endsAt = performance.now() + millis
  while (performance.now() < endsAt);
}
