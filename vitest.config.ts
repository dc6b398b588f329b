import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["avrolet:source"] },
  ssr: { resolve: { conditions: ["avrolet:source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "examples/**/*.test.ts", "scripts/**/*.test.ts"],
    testTimeout: 20_000,
  },
})
