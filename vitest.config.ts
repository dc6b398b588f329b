import { configDefaults, defineConfig } from "vitest/config"
import { isBrokerInstalled } from "./packages/nats/src/testing/nats-server.ts"

export default defineConfig({
  resolve: { conditions: ["avrolet:source"] },
  ssr: { resolve: { conditions: ["avrolet:source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "examples/**/*.test.ts", "scripts/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...testsWithoutBroker()],
    testTimeout: 20_000,
  },
})

/** What cannot be tested here. */
function testsWithoutBroker(): string[] {
  if (isBrokerInstalled()) return []
  console.warn("Found no nats-server, so what needs one is not tested: apt install nats-server")
  return ["packages/nats/**", "examples/nats/**", "examples/services/**"]
}
