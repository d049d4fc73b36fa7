export type { AgentAnswer, AskOptions } from './agent-answers.ts'
export type { SentQuestion } from './agent-question.ts'
export type { AgentText } from './agent-texts.ts'
export type { Backoff } from './backoff.ts'
export { MChatClient, type OpenOptions } from './client.ts'
export { connect, createClient } from './connect.ts'
export { type DeviceStore, type Eventually, localStorageStore, memoryStore } from './device-store.ts'
export type { Handler } from './emitter.ts'
export {
  AbortedError,
  AgentNotCalledError,
  AgentRunError,
  BufferOverflowError,
  ClientClosedError,
  DeviceStoreError,
  type EndedRun,
  HandlerError,
  MalformedPayloadError,
  MChatClientError,
  NotConnectedError,
  RequestRejectedError,
  RequestTimeoutError,
  SubscriptionRefusedError,
} from './errors.ts'
export type { EventReader, ReaderOptions } from './event-reader.ts'
export type {
  ClientEvents,
  EventName,
  SessionConnected,
  SessionDisconnected,
  SessionEvent,
  SessionGap,
  StatusEvent,
} from './events.ts'
export type * from './generated/types.ts'
export type { Challenge, ClientOptions, Credentials, Timing } from './options.ts'
export type { RequestOptions } from './requests.ts'
export { type AgentReply, type RunHandler, type RunReply, serveAgent } from './serve-agent.ts'
export type { TlsOptions } from './transport.ts'
