import type { MqttConnection } from '@mchat/schema'

/**
 * The seam between the organisation and a broker's idea of who may connect and what they may touch. It works with full
 * state, never with differences: the same state twice changes nothing, and a lost call is mended by the next.
 */
export interface Access {
  /**
   * Makes the broker agree with the database about these employees. Resolves when it is enforced: nothing published
   * from then on reaches what they lost (live, queued, retained), nothing more is accepted from what they lost, wills
   * included (contract 3.1, 5).
   * @param exceptClientId the connection whose own request this is: it loses its rights like any other, but if it is to be
   *   closed that waits until it has been answered, and the caller syncs again then
   * @throws MChatError `revocation_pending` when the broker did not confirm within 5 s
   */
  syncEmployees(employeeIds: readonly string[], exceptClientId?: string): Promise<void>
  /**
   * Makes the sessions of new members listen to their group, those that are away included: whoever is answered that
   * somebody was added may send to the group at once, and accepted means delivered (contract 3.1, 1). Concerns devices
   * that listen to their inbox; one that does not has chosen what it hears. Drivers that cannot do this leave it to the
   * client, and say so in their documentation.
   */
  joinGroup(groupId: string, employeeIds: readonly string[]): Promise<void>
  /** What a client needs to connect: everything but the secret. */
  connection(employeeId: string, clientId: string | undefined): MqttConnection
}

/** What an employee may do on the broker, read from the database in one go. */
export interface EmployeeAccess {
  readonly employeeId: string
  readonly active: boolean
  readonly clientIds: ReadonlySet<string>
  readonly groupIds: ReadonlySet<string>
}
