import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const OPENSSL_MS_MAX = 30_000

/** PEM files: an authority, a broker's certificate for localhost and 127.0.0.1, and a client's. */
export interface Certificates {
  readonly authority: string
  readonly broker: string
  readonly brokerKey: string
  readonly client: string
  readonly clientKey: string
  /** As `clientKey`, under the password. */
  readonly clientKeyProtected: string
  readonly clientKeyPassword: string
  /** An authority that has signed nothing here. */
  readonly otherAuthority: string
}

/** Makes certificates by `openssl`, good for a day. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name)
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { timeout: OPENSSL_MS_MAX })
  for (const name of ['authority', 'other']) {
    await openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=Millrace test ${name}`,
      '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`))
  }
  for (const [name, extra] of [['broker', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], ['client', 'extendedKeyUsage=clientAuth']] as const) {
    writeFileSync(file(`${name}.ext`), extra)
    await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`))
    await openssl('x509', '-req', '-days', '1', '-in', file(`${name}.csr`), '-CA', file('authority.pem'), '-CAkey', file('authority.key'),
      '-CAcreateserial', '-extfile', file(`${name}.ext`), '-out', file(`${name}.pem`))
  }
  const clientKeyPassword = 'key-secret-7'
  await openssl('pkcs8', '-topk8', '-v2', 'aes256', '-in', file('client.key'), '-passout', `pass:${clientKeyPassword}`, '-out', file('client-protected.key'))
  return {
    authority: file('authority.pem'), broker: file('broker.pem'), brokerKey: file('broker.key'), client: file('client.pem'),
    clientKey: file('client.key'), clientKeyProtected: file('client-protected.key'), clientKeyPassword, otherAuthority: file('other.pem'),
  }
}
