import { openJournal } from '../../../src/broker/journal/file-journal.ts'
import { openSessions, type SessionStore } from '../../../src/broker/sessions/session-store.ts'
import { LIMITS } from './rig.ts'

const OLD_KEY = Buffer.alloc(32, 7)

/** Sessions over the journal that the gateway uses. */
export const openOnDisk = (directory: string, compactAboveBytes = 200_000, key = OLD_KEY): Promise<SessionStore> =>
  openSessions({
    openJournal: (replay) =>
      openJournal(
        {
          directory,
          key,
          olderKeys: key === OLD_KEY ? [] : [OLD_KEY],
          fsync: 'never',
          segmentBytes: 40_000,
          report: ({ kind }) => {
            if (kind !== 'torn_tail') throw new Error(kind)
          },
        },
        replay,
      ),
    limits: { ...LIMITS, queuedMessages: 1_000_000, queuedBytes: 1e9 },
    compactAboveBytes,
  })
