import { ClientConnection, type Device } from './client-connection.ts'

const CONCURRENT_CONNECTS = 100

/** What a client subscribes (contract 2): its responses, its employee's inbox, and the group it talks in, where that has a topic. */
const filtersOf = (device: Device, groupId: string | undefined): string[] => {
  const filters = [`mchat/msg/resp/${device.clientId}/+`, `mchat/inbox/${device.employeeId}`]
  return groupId === undefined ? filters : [...filters, `mchat/group/${groupId}`]
}

/** Opens one connection per device, in the order of `devices`, a hundred at a time. */
export const openAll = async (
  port: number,
  devices: readonly Device[],
  clean: boolean,
  groupId?: string | undefined,
): Promise<ClientConnection[]> => {
  const connections: ClientConnection[] = []
  for (let start = 0; start < devices.length; start += CONCURRENT_CONNECTS) {
    const some = devices.slice(start, start + CONCURRENT_CONNECTS)
    connections.push(
      ...(await Promise.all(
        some.map((device) => ClientConnection.open(port, device, filtersOf(device, groupId), clean)),
      )),
    )
  }
  return connections
}
