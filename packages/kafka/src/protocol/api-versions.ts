import type { KafkaRequest } from './request.js'

export interface ApiVersionsResponse {
  readonly errorCode: number
  /** The versions of each request that the broker takes, by key. */
  readonly apis: ReadonlyMap<number, { readonly minimum: number; readonly maximum: number }>
}

/** Which requests the broker takes; version 0, which all of them do. */
export function apiVersions(): KafkaRequest<ApiVersionsResponse> {
  return {
    name: 'ApiVersions', apiKey: 18, apiVersion: 0, isFlexible: false,
    encode: () => undefined,
    decode: (body) => ({
      errorCode: body.int16(),
      apis: new Map(body.array((from) => [from.int16(), { minimum: from.int16(), maximum: from.int16() }] as const)),
    }),
  }
}
