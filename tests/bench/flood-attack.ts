/**
 * One employee who wears a deployment down, in a process of its own: many connections that ask as fast as they are told
 * and no slower for what they are answered, some that never read, and more subscriptions than anybody needs.
 */
import { connect, type Socket } from 'node:net'
import { createTopics } from '../../schema/src/index.ts'
import type { Device } from './client-connection.ts'
import { encodeConnect, encodePublish, encodeSubscribe } from './mqtt-codec.ts'

/** What the process is given as JSON. */
export interface Attack {
  readonly port: number
  readonly devices: readonly Device[]
  /** Of the devices, those that stop reading once they are connected. */
  readonly deaf: number
  readonly requestsPerSecond: number
  readonly subscriptions: number
  readonly seconds: number
}

/** What it says on standard output when it is over. */
export interface AttackResult {
  readonly sent: number
  readonly cut: number
  readonly bytesRead: number
}

const TICK_MS = 10
const FILTERS_AT_ONCE = 500
const topics = createTopics()

const attack = async (plan: Attack): Promise<AttackResult> => {
  let sent = 0
  let cut = 0
  let bytesRead = 0
  let isOver = false
  const open = (device: Device, index: number): Socket => {
    const socket = connect({ host: '127.0.0.1', port: plan.port, noDelay: true })
    const { clientId, employeeId, username, password } = device
    socket.write(encodeConnect({ clientId, clean: false, keepaliveSeconds: 600, username, password }))
    socket.write(encodeSubscribe(1, [topics.responses(clientId), topics.inbox(employeeId)], 1))
    socket.write(encodePublish(topics.request(clientId, 'bind'), json('auth.bind', { employee_id: employeeId }), 1, 2))
    socket.on('data', (chunk) => {
      bytesRead += chunk.length
      if (index < plan.deaf) socket.pause()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (isOver) return
      cut++
      sockets[index] = open(device, index)
    })
    return socket
  }
  const sockets: Socket[] = []
  for (const [index, device] of plan.devices.entries()) sockets.push(open(device, index))

  const each = Math.ceil(plan.subscriptions / sockets.length / FILTERS_AT_ONCE)
  for (const [index, socket] of sockets.entries()) {
    for (let batch = 0; batch < each; batch++) {
      const filter = (at: number): string => topics.status(`e${index}-${batch}-${at}`)
      socket.write(
        encodeSubscribe(
          3,
          Array.from({ length: FILTERS_AT_ONCE }, (_, at) => filter(at)),
          1,
        ),
      )
    }
  }

  const own = plan.devices[0]?.employeeId ?? ''
  const content = 'x'.repeat(1000)
  const requests = [
    json('org.tree', {}),
    json('group.create', { name: 'flood', member_ids: [] }),
    json('msg.send_private', { to_employee_id: own, content }),
    json('employee.create', { name: 'flood' }),
    Buffer.from('{"action":'),
  ]
  const started = performance.now()
  const elapsed = (): number => (performance.now() - started) / 1000
  while (elapsed() < plan.seconds) {
    for (const due = elapsed() * plan.requestsPerSecond; sent < due; sent++) {
      const index = sent % sockets.length
      const topic = topics.request(plan.devices[index]?.clientId ?? '', `s${sent}`)
      const socket = sockets[index]
      // What the operating system does not take is not piled up here.
      if (socket?.writable && socket.writableLength < 1_000_000) {
        socket.write(encodePublish(topic, requests[sent % requests.length] ?? Buffer.alloc(0), 1, 10 + (sent % 60_000)))
      }
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  isOver = true
  for (const socket of sockets) socket.destroy()
  return { sent, cut, bytesRead }
}

const json = (action: string, fields: object): Buffer => Buffer.from(JSON.stringify({ action, ...fields }))

process.stdout.write(JSON.stringify(await attack(JSON.parse(process.argv[2] ?? '{}') as Attack)))
