import type { Device } from '../client-connection.ts'

/** What can be measured: something that is started as a process of its own and talks MChat's contract over MQTT. */
export interface Target {
  readonly name: string
  /** One sentence for the report. */
  readonly description: string
  /** `clean=true` on CONNECT; MChat's clients use persistent sessions, so this is the exception. */
  readonly cleanSessions: boolean
  /** What is said in groups comes to the inboxes of the members, and nobody may subscribe to the topic of a group. */
  readonly groupsByInbox?: boolean
  /** Starts it with nothing stored; resolves when it is ready to be used. */
  start(options: StartOptions): Promise<RunningTarget>
}

export interface StartOptions {
  /** Options for the server's own Node process, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[]
}

export interface RunningTarget {
  readonly target: Target
  readonly port: number
  /** Of the processes it consists of, without their children. */
  readonly pids: readonly number[]
  /** How long the last start or restart took, until ready. */
  readonly readyMs: number
  /** The devices of the first `count` people, each with a session; who and what does not exist yet is created. */
  devices(count: number, devicesEach: number): Promise<Device[]>
  /** A group of the first `members` people. */
  group(members: number): Promise<string>
  /** Stops it and starts it again on what it has stored. */
  restart(): Promise<void>
  /** Stops it and removes what it has stored. */
  stop(): Promise<void>
}
