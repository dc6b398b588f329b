import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["avrolet:source"] },
  ssr: { resolve: { conditions: ["avrolet:source"] } },
  test: { dir: "conformance/spark", testTimeout: 60_000 },
})
