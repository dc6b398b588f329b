// What writes modules: for build steps and command lines.

export { type GenerateOptions, generateModule } from "./module.ts"
