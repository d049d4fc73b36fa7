export type { Backoff } from './backoff.ts'
export { MChatClient, type OpenOptions } from './client.ts'
export { connect, createClient } from './connect.ts'
export { type DeviceStore, type Eventually, localStorageStore, memoryStore } from './device-store.ts'
export type { Handler } from './emitter.ts'
export {
  AbortedError,
  BufferOverflowError,
  ClientClosedError,
  DeviceStoreError,
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
export type { TlsOptions } from './transport.ts'
