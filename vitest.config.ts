import { configDefaults, defineConfig } from "vitest/config"
import { isBrokerInstalled } from "./packages/nats/src/testing/nats-server.ts"

/** Tests that time what blocks an event loop: beside others, they would see the machine block it. */
const TIMED = ["packages/{watchdog,cli}/src/**/*.test.ts", "{examples,scripts}/**/*.test.ts"]

export default defineConfig({
  resolve: { conditions: ["avrolet:source"] },
  ssr: { resolve: { conditions: ["avrolet:source"] } },
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    setupFiles: ["vitest.seed.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: ["packages/*/src/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...TIMED, ...testsWithoutBroker()],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: TIMED,
          exclude: [...configDefaults.exclude, ...testsWithoutBroker()],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

/** What cannot be tested here. */
function testsWithoutBroker(): string[] {
  if (isBrokerInstalled()) return []
  console.warn("Found no nats-server, so what needs one is not tested: apt install nats-server")
  return ["packages/nats/**", "examples/nats/**", "examples/services/**"]
}
