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
   * As `syncEmployees`, for those who had no rights before this change: there is nothing to take from anybody, so many of them
   * may take longer. Resolves when their credentials are good.
   * @throws MChatError `revocation_pending` when the broker did not confirm within 25 s; what was begun goes on
   */
  admitEmployees(employeeIds: readonly string[]): Promise<void>
  /**
   * Makes the sessions of new members listen to their group, those that are away included: whoever is answered that
   * somebody was added may send to the group at once, and accepted means delivered (contract 3.1, 1). Concerns devices
   * that listen to their inbox; one that does not has chosen what it hears. Drivers that cannot do this leave it to the
   * client, and say so in their documentation.
   */
  joinGroup(groupId: string, employeeIds: readonly string[]): Promise<void>
  /**
   * true: the broker keeps a list of its own, which can be lost or changed behind the gateways' back, so that every
   * employee is synced from time to time; false: it asks the gateways.
   */
  readonly keepsOwnList: boolean
  /**
   * true: the broker admits a client by a credential that is good for its client_id alone, so every credential is made
   * for one device (`mqtt_connection` then names the client_id); false: one can be shared by all devices of an employee.
   */
  readonly bindsCredentials: boolean
  /** What a client needs to connect: everything but the secret. */
  connection(employeeId: string, clientId: string | undefined): MqttConnection
}
