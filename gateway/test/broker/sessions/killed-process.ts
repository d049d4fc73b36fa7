/** Publishes until it is killed, telling which messages were accepted. Started by file-journal.test.ts. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openOnDisk } from './file-journal-rig.ts'
import { TestConnection } from './rig.ts'

const [, , directory = '', first = '0'] = process.argv
const store = await openOnDisk(directory)
await store.subscribe('away', false, [{ filter: 'kept', qos: 1 }])
await store.subscribe('here', false, [{ filter: 'kept', qos: 1 }])
const here = new TestConnection()
here.onPacket = ({ packetId }) => setImmediate(() => store.acknowledge('here', packetId))
store.attach('here', false, here)
for (let n = Number(first); ; n++) {
  const accepted = store.publish({ topic: 'kept', payload: Buffer.from(String(n)), qos: 1, durable: true })
  accepted.then(() => process.stdout.write(`${n}\n`)).catch(() => process.exit(1))
  if (n % 7 === 0) await nextTurn()
}
