import { describe } from 'vitest'
import { objectStoreConformance } from './object-store.ts'
import { openEmbeddedBench, openS3Bench } from './object-store-benches.ts'

// A disk does not go away as a network does.
describe('the embedded object store', () => objectStoreConformance(openEmbeddedBench, { goesAway: [] }))

describe('the driver of S3', () => objectStoreConformance(openS3Bench, { goesAway: ['refuses', 'hangs'] }))
