import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest begins first, so that in the end nobody waits for one file alone. */
const SLOWEST: readonly string[] = [
  'tests/faults/cluster.test.ts',
  'tests/revocation/races.test.ts',
  'tests/faults/kill.test.ts',
  'gateway/test/how-to-add-an-action.test.ts',
  'tests/contract/audit.test.ts',
  'tests/contract/hostile/hostile.test.ts',
  'tests/contract/ladder.test.ts',
  'tests/cluster/gateways.test.ts',
  'tests/attacks/secrets.test.ts',
  'tests/contract/',
  'gateway/test/cli',
  'tests/',
]

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = SLOWEST.findIndex((path) => moduleId.includes(`/${path}`))
  return rank === -1 ? SLOWEST.length : rank
}

/** A process is only kept for a file that follows at once: those that share one come after all that have one of their own. */
const shares = ({ project }: TestSpecification): number => (project.config.isolate ? 0 : 1)

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => shares(a) - shares(b) || rankOf(a) - rankOf(b))
  }
}
