/** What a load process is told, as JSON in a file; the same for both implementations. */
export interface LoadPlan {
  readonly port: number
  readonly seed: number
  /** Requests in a second, all devices together. */
  readonly rate: number
  /** Where its history goes, one event per line. */
  readonly history: string
  readonly devices: readonly PlannedDevice[]
  /** Everybody, for private messages. */
  readonly people: readonly string[]
  /** Guests whom a device of this process adds and removes. */
  readonly guests: readonly PlannedGuest[]
}

export interface PlannedDevice {
  readonly client_id: string
  readonly employee_id: string
  readonly password: string
  /** Subscribed from the beginning. */
  readonly groups: readonly string[]
  /** Groups that it is added to and removed from; it writes there all the time. */
  readonly guest_of: readonly string[]
  readonly talks: boolean
  /** Goes offline and comes back all the time. */
  readonly flaky: boolean
}

export interface PlannedGuest {
  readonly group: string
  readonly employee_id: string
  /** The client_id of a group admin. */
  readonly by: string
}
