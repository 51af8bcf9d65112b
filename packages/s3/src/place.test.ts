import { describe, expect, it } from 'vitest'
import { credentialsOf, placeOf } from './place.js'

const urlOf = (address: string, environment = {}): string => placeOf(address, environment).bucketUrl

describe('an address', () => {
  it('says bucket, path, region and server', () => {
    expect(placeOf('s3://state/jobs/a?region=eu-west-1', {})).toEqual({
      bucket: 'state', prefix: 'jobs/a/', region: 'eu-west-1', bucketUrl: 'https://state.s3.eu-west-1.amazonaws.com',
    })
    expect(placeOf('s3://state', {})).toMatchObject({ prefix: '', region: 'us-east-1' })
    expect(placeOf('s3://state/a%20b//?region=x', {}).prefix).toBe('a b/')
  })

  it('leaves to the environment what it does not say', () => {
    expect(placeOf('s3://state', { AWS_REGION: 'eu-north-1', AWS_DEFAULT_REGION: 'x' }).region).toBe('eu-north-1')
    expect(placeOf('s3://state', { AWS_DEFAULT_REGION: 'eu-south-1' }).region).toBe('eu-south-1')
    expect(urlOf('s3://state', { AWS_ENDPOINT_URL: 'http://one:9000' })).toBe('http://one:9000/state')
    expect(urlOf('s3://state', { AWS_ENDPOINT_URL: 'http://one:9000', AWS_ENDPOINT_URL_S3: 'http://two:9000/' })).toBe('http://two:9000/state')
    expect(urlOf('s3://state?endpoint=http://three:9000/s3', { AWS_ENDPOINT_URL_S3: 'http://two:9000/' })).toBe('http://three:9000/s3/state')
  })

  it('says whether the bucket stands in the path or the host', () => {
    expect(urlOf('s3://state?endpoint=https://minio.local&path-style=false')).toBe('https://state.minio.local')
    expect(urlOf('s3://state?path-style=true')).toBe('https://s3.us-east-1.amazonaws.com/state')
    expect(urlOf('s3://state.of.jobs')).toBe('https://s3.us-east-1.amazonaws.com/state.of.jobs')
  })

  it.each([
    ['nowhere', 'no URL'], ['http://state/a', 'not http:'], ['s3://S', 'no name of a bucket'], ['s3:///a', 'no name of a bucket'],
    ['s3://state/a%2f..%2fb', "'..'"], ['s3://state/%zz', 'no text'], ['s3://state/a//b', 'empty part'], ['s3://state:80', 'port'],
    ['s3://state?regoin=x', "did you mean 'region'?"], ['s3://state?region=a b', 'no region'], ['s3://state?path-style=yes', 'true or false'],
    ['s3://state?endpoint=localhost:9000', 'https://host:port'], ['s3://state?endpoint=https://x?y=z', 'more than a host'],
  ])('%s is refused', (address, problem) => {
    expect(() => placeOf(address, {})).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(problem) }))
  })

  it.each(['s3://AKIDEXAMPLE:hush@state', 's3://state?endpoint=https://AKIDEXAMPLE:hush@host'])('has no credentials in it, and does not repeat them: %s', (address) => {
    expect(() => placeOf(address, {})).toThrow(/environment$/)
    expect(() => placeOf(address, {})).not.toThrow(/hush/)
  })
})

describe('credentials', () => {
  it('come from the environment', () => {
    expect(credentialsOf({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: '' })).toEqual({ accessKeyId: 'a', secretAccessKey: 'b' })
    expect(() => credentialsOf({ AWS_SECRET_ACCESS_KEY: 'b' })).toThrow('set AWS_ACCESS_KEY_ID in the environment')
    expect(() => credentialsOf({})).toThrow('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment')
  })
})
