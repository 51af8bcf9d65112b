import type { Place } from './place.js'

export interface S3Refusal {
  /** Of the answer; null where there was none. */
  readonly status: number | null
  /** S3's own, such as `NoSuchKey`. */
  readonly code: string
  readonly message: string
  /** In which the bucket is, where the server says so. */
  readonly region: string | null
  readonly retryAfterMs: number | null
}

/** What passes by itself although its status does not say so. */
const PASSING: ReadonlySet<string> = new Set([
  'SlowDown', 'RequestTimeout', 'InternalError', 'ServiceUnavailable', 'OperationAborted', 'BadDigest', 'XAmzContentSHA256Mismatch',
])

/** A request that was not answered as it should have been. */
export class S3Error extends Error implements S3Refusal {
  readonly status: number | null
  readonly code: string
  readonly region: string | null
  readonly retryAfterMs: number | null

  constructor({ status, code, message, region, retryAfterMs }: S3Refusal, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'S3Error'
    this.status = status
    this.code = code
    this.region = region
    this.retryAfterMs = retryAfterMs
  }

  /** Whether trying again may help. */
  get passes(): boolean {
    return this.status === null || this.status >= 500 || this.status === 429 || this.status === 408 || PASSING.has(this.code)
  }

  get isNoSuchKey(): boolean {
    return this.code === 'NoSuchKey'
  }
}

/** What to do about it, as the end of a sentence; empty where only waiting helps. */
export function adviceFor({ code, status, region }: S3Error, place: Place): string {
  if (region !== null && region !== place.region) return `; the bucket is in ${region}: write ?region=${region}`
  switch (code) {
    case 'NoSuchBucket': return '; make the bucket, or mend the address'
    case 'InvalidAccessKeyId': case 'SignatureDoesNotMatch': case 'InvalidToken': case 'ExpiredToken': case 'TokenRefreshRequired':
      return '; mend AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN'
    case 'RequestTimeTooSkewed': return '; set the clock of this machine'
    case 'AccessDenied': return '; allow s3:ListBucket on the bucket and s3:GetObject, s3:PutObject, s3:DeleteObject on what is in it'
    case 'Redirect': return '; it answers with a redirect: mend endpoint or region'
    case 'Network': return '; is the endpoint right?'
    default: return status === 403 ? '; are the credentials right?' : ''
  }
}
