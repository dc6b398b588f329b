// What writes modules: for build steps and command lines.

export { type GeneratedModule, type GenerateFromFileOptions, generateFromFile } from "./from-file.ts"
export { type GenerateOptions, generateModule } from "./module.ts"
