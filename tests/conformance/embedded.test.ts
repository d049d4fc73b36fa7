import { describe } from 'vitest'
import { accessConformance } from './access.ts'
import { openAccessBench, openLinkBench } from './embedded-bench.ts'
import { linkConformance } from './link.ts'

describe('the link to the embedded broker', () => linkConformance(openLinkBench))

describe('access on the embedded broker', () => accessConformance(openAccessBench))
