import type { ConnectionOptions } from 'node:tls'
import type { TlsSettings } from './connection.js'

/** TLS as Node.js takes it. Certificates of the broker are always checked; only the name in them may be left unchecked. */
export function tlsOptionsOf(tls: TlsSettings): ConnectionOptions {
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.keyPassword === undefined ? {} : { passphrase: tls.keyPassword }),
    ...(tls.checksHost ? {} : { checkServerIdentity: () => undefined }),
  }
}
