import type { ActionName } from '../../../schema/src/index.ts'
import type { Scene } from '../scene.ts'
import { agentExamples } from './agents.ts'
import type { Arranged, Example } from './example.ts'
import { fileExamples } from './files.ts'
import { groupExamples } from './groups.ts'
import { messageExamples } from './messages.ts'
import { organisationExamples } from './organisation.ts'
import { peopleExamples } from './people.ts'
import { sessionExamples } from './sessions.ts'

/** One for every action: an action without an example does not compile. */
export const EXAMPLES = {
  ...agentExamples,
  ...fileExamples,
  ...sessionExamples,
  ...peopleExamples,
  ...organisationExamples,
  ...groupExamples,
  ...messageExamples,
} satisfies { readonly [A in ActionName]: Example<A> }

/** The example of an action whose name is only known when the test runs. */
export const arrange = (action: ActionName, scene: Scene): Promise<Arranged<ActionName>> =>
  (EXAMPLES[action] as Example<ActionName>)(scene)
