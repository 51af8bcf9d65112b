import { MillraceError, nearestName } from '@millrace/core'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}

/** Where objects are: a bucket, the beginning of their keys, and whom to ask. */
export interface Place {
  readonly bucket: string
  /** Empty, or with a final slash. */
  readonly prefix: string
  readonly region: string
  /** Of the bucket, without a final slash: `https://bucket.s3.eu-central-1.amazonaws.com`, `http://localhost:9000/bucket`. */
  readonly bucketUrl: string
}

const OPTIONS = ['endpoint', 'region', 'path-style'] as const

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&path-style=true`. What the address leaves out comes from the variables that all tools
 * for S3 know: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION.
 *
 * @throws MillraceError OPTION_INVALID
 */
export function placeOf(address: string, environment: Environment): Place {
  const url = parsed(address)
  const options = optionsOf(url)
  const bucket = url.hostname
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw invalid(`'${bucket}' is no name of a bucket: write s3://bucket/path`)
  const path = decoded(url.pathname).replace(/^\/+|\/+$/g, '')
  if (path.split('/').some((part) => part === '.' || part === '..') || path.includes('//')) {
    throw invalid(`the path '${path}' has an empty part, '.' or '..'`)
  }
  const region = options.region ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1'
  if (!/^[a-z0-9-]+$/.test(region)) throw invalid(`'${region}' is no region`)
  const endpoint = options.endpoint ?? environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL']
  const byPath = isByPath(options['path-style'], endpoint, bucket)
  const bucketUrl = bucketUrlOf(endpoint ?? `https://s3.${region}.amazonaws.com`, bucket, byPath)
  return { bucket, prefix: path === '' ? '' : `${path}/`, region, bucketUrl }
}

/**
 * From AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where they are for a while only, AWS_SESSION_TOKEN.
 *
 * @throws MillraceError OPTION_INVALID
 */
export function credentialsOf(environment: Environment): Credentials {
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'] ?? ''
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'] ?? ''
  const missing = [...(accessKeyId === '' ? ['AWS_ACCESS_KEY_ID'] : []), ...(secretAccessKey === '' ? ['AWS_SECRET_ACCESS_KEY'] : [])]
  if (missing.length === 0) return { accessKeyId, secretAccessKey, sessionToken: environment['AWS_SESSION_TOKEN'] || undefined }
  const where = 'in the environment (and AWS_SESSION_TOKEN where there is one); profiles and roles are not read'
  throw invalid(`set ${missing.join(' and ')} ${where}`)
}

function parsed(address: string): URL {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    throw invalid('the address is no URL: write s3://bucket/path')
  }
  if (url.protocol !== 's3:') throw invalid(`it keeps s3: addresses, not ${url.protocol}`)
  if (url.username !== '' || url.password !== '') {
    throw invalid('credentials do not belong into an address: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment')
  }
  if (url.port === '' && url.hash === '') return url
  throw invalid('the address has a port or a fragment; the place of the server is ?endpoint=https://host:port')
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    throw invalid(`the path '${pathname}' is no text: a % stands as %25`)
  }
}

function optionsOf(url: URL): Partial<Record<(typeof OPTIONS)[number], string>> {
  for (const name of url.searchParams.keys()) {
    if ((OPTIONS as readonly string[]).includes(name)) continue
    const suggestion = nearestName(name, OPTIONS)
    const hint = suggestion === undefined ? '' : `; did you mean '${suggestion}'?`
    throw invalid(`there is no option '${name}' but ${OPTIONS.join(', ')}${hint}`)
  }
  return Object.fromEntries(url.searchParams)
}

/** By default servers of one's own are asked by path: not everybody has a name in the DNS for each bucket. */
function isByPath(option: string | undefined, endpoint: string | undefined, bucket: string): boolean {
  if (option === undefined) return endpoint !== undefined || bucket.includes('.')
  if (option === 'true' || option === 'false') return option === 'true'
  throw invalid(`'path-style' is true or false, not '${option}'`)
}

function bucketUrlOf(endpoint: string, bucket: string, byPath: boolean): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.host === '') {
    throw invalid('the endpoint is to be an address like https://host:port')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw invalid('the endpoint has more than a host and a path; credentials belong into the environment')
  }
  const base = url.pathname.replace(/\/+$/, '')
  return byPath ? `${url.protocol}//${url.host}${base}/${bucket}` : `${url.protocol}//${bucket}.${url.host}${base}`
}

function invalid(problem: string): MillraceError {
  return new MillraceError('OPTION_INVALID', `checkpoints in S3: ${problem}`)
}
