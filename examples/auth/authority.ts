// A certificate authority for as long as the example runs, made with the `openssl` of the machine. In earnest
// this is your company's own, or that of a service mesh.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A key and its certificate, as PEM. */
interface Identity {
  readonly key: string
  readonly cert: string
}

export interface Authority extends Disposable {
  /** What to trust, in order to trust everybody whom it issued a certificate. */
  readonly certificate: string
  /** Makes a key with a certificate for localhost, as a server or as a client. */
  issue(name: string): Identity
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

export function createAuthority(name: string): Authority {
  const folder = mkdtempSync(join(tmpdir(), "avrolet-authority-"))
  const read = (file: string): string => readFileSync(join(folder, file), "utf8")
  const openssl = (...args: string[]): void => runOpenssl(args, folder)

  const self = ["-subj", `/CN=${name}`, "-keyout", "authority.key", "-out", "authority.pem"]
  openssl("req", "-x509", ...NEW_KEY, "-days", "1", ...self)
  writeFileSync(join(folder, "hosts"), "subjectAltName = DNS:localhost, IP:127.0.0.1\n")

  return {
    certificate: read("authority.pem"),
    issue(holder) {
      const signer = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"]
      openssl(
        "req",
        "-new",
        ...NEW_KEY,
        "-subj",
        `/CN=${holder}`,
        "-keyout",
        "key.pem",
        "-out",
        "request.pem",
      )
      openssl(
        "x509",
        "-req",
        "-in",
        "request.pem",
        ...signer,
        "-days",
        "1",
        "-extfile",
        "hosts",
        "-out",
        "cert.pem",
      )
      return { key: read("key.pem"), cert: read("cert.pem") }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

function runOpenssl(args: readonly string[], cwd: string): void {
  try {
    execFileSync("openssl", args, { cwd, stdio: "pipe" })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause
    throw new Error("The certificates need openssl: `apt install openssl`, `brew install openssl`", { cause })
  }
}
