// What we call of libraries that come without types.

declare module "snappyjs" {
  export function compress(data: Uint8Array): Uint8Array
  /** Throws before it allocates where the data announces more than `maxLength` bytes. */
  export function uncompress(data: Uint8Array, maxLength: number): Uint8Array
}

declare module "seek-bzip" {
  interface Input {
    readByte(): number
    read(target: Uint8Array, start: number, length: number): number
    eof(): boolean
  }
  interface Bunzip {
    decode(input: Input, output: { writeByte(byte: number): void }, isMultiStream: boolean): void
  }
  const bunzip: Bunzip
  export default bunzip
}

declare module "bzip2-wasm" {
  export default class BZip2 {
    readonly wasmModule: { _malloc(bytes: number): number; _free(address: number): void }
    init(): Promise<void>
    compress(data: Uint8Array, hundredsOfKilobytes: number, maxLength: number): Uint8Array
  }
}
