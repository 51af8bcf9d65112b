import type { MillraceError } from '@millrace/core'
import { addressText, kafkaFailure, reasonOf, unavailable } from '../kafka-failure.js'
import type { BrokerAddress, ConnectionSettings } from './connection.js'

/** What OpenSSL and Node.js say of certificates that they do not accept. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)|ERR_SSL_TLSV1_ALERT|ERR_SSL_.*(?:CERTIFICATE|UNKNOWN_CA))/

/** What they say when the other side does not speak TLS. */
const NOT_TLS = /wrong version number|packet length too long|secure TLS connection was established|EPROTO/i

/**
 * Why a connection could not be opened, as one error with what to do about it. The drivers say whether it was the signing in that failed;
 * all the rest is the system's and is told the same for all of them.
 */
export function connectFailure(address: BrokerAddress, settings: ConnectionSettings, error: unknown, isSignIn: boolean): MillraceError {
  const broker = addressText(address)
  const reason = reasonOf(error)
  if (isSignIn && settings.sasl !== null) {
    const { mechanism, username } = settings.sasl
    return kafkaFailure('KAFKA_AUTHENTICATION',
      `broker ${broker} does not let \`${username}\` sign in by ${mechanism}: ${reason}; look at properties.sasl.mechanism, .username and .password`, { broker }, error)
  }
  if (settings.tls !== null && CERTIFICATE.test(codeOf(error))) {
    return kafkaFailure('KAFKA_AUTHENTICATION',
      `the certificates of broker ${broker} and of this process do not fit: ${reason}; look at properties.ssl.ca.location, .certificate.location and .key.location`, { broker }, error)
  }
  const hint = hintOf(settings, reason)
  return unavailable(address, `cannot be reached${hint}`, error)
}

function hintOf(settings: ConnectionSettings, reason: string): string {
  if (settings.tls !== null && NOT_TLS.test(reason)) return ' by TLS (is the port one of SSL or SASL_SSL? see properties.security.protocol)'
  return ''
}

/** The code of the innermost error that has one. */
function codeOf(error: unknown): string {
  let code = ''
  for (let next: unknown = error; next instanceof Error; next = next instanceof AggregateError ? next.errors[0] : next.cause) {
    const own = (next as NodeJS.ErrnoException).code
    if (typeof own === 'string' && !own.startsWith('PLT_')) code = own
  }
  return code
}
