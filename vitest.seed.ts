// What is random in tests has AVROLET_FUZZ_SEED for its seed, or in CI, which has to repeat itself, always the same. Run
// elsewhere, every run searches anew.

const seed = process.env["AVROLET_FUZZ_SEED"] ?? (process.env["CI"] ? "1" : undefined)
if (seed !== undefined) {
  process.env["AVROLET_FUZZ_SEED"] = seed // the safety laws take it from there
  const { configureGlobal } = await import("fast-check")
  configureGlobal({ seed: Number(seed) })
}
