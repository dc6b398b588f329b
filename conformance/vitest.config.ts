import { configDefaults, defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["avrolet:source"] },
  ssr: { resolve: { conditions: ["avrolet:source"] } },
  test: {
    dir: "conformance",
    setupFiles: ["vitest.seed.ts"],
    exclude: [...configDefaults.exclude, "**/spark/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
