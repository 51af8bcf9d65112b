/** `@millrace/s3`: keeps checkpoints at `s3://bucket/path`. `millrace run --checkpoint` finds it by the scheme of the address. */
import type { CheckpointStoreFactory } from '@millrace/core'
import { credentialsOf, placeOf } from './place.js'
import { S3Client } from './s3-client.js'
import { S3Store } from './s3-store.js'

export const checkpointStore: CheckpointStoreFactory = {
  open: async (address) => {
    const place = placeOf(address, process.env)
    const store = new S3Store(place, new S3Client(place, credentialsOf(process.env)))
    await store.look()
    return store
  },
}
