export type { AgentAnswer, AskOptions } from './agent-answers.ts'
export type { SentQuestion } from './agent-question.ts'
export type { AgentText } from './agent-texts.ts'
export type { Backoff } from './backoff.ts'
export type { SliceableBytes, StreamSource, UploadSource } from './byte-source.ts'
export { MChatClient, type OpenOptions } from './client.ts'
export { connect, createClient } from './connect.ts'
export { type DeviceStore, type Eventually, localStorageStore, memoryStore } from './device-store.ts'
export type { Download, DownloadOptions } from './download.ts'
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
  StoreError,
  SubscriptionRefusedError,
  UploadInterruptedError,
  type UploadResume,
} from './errors.ts'
export type { EventReader, ReaderOptions } from './event-reader.ts'
export type {
  AnswersEvent,
  ClientEvents,
  EventName,
  SessionConnected,
  SessionDisconnected,
  SessionEvent,
  SessionGap,
  StatusEvent,
} from './events.ts'
export {
  contentOfFile,
  type FileCallOptions,
  type Files,
  type PictureSize,
  type SendFileOptions,
  type SentFile,
} from './files.ts'
export type * from './generated/types.ts'
export type { Challenge, ClientOptions, Credentials, Timing } from './options.ts'
export type { RequestOptions } from './requests.ts'
export { type AgentReply, type RunHandler, type RunReply, serveAgent } from './serve-agent.ts'
export type { TlsOptions } from './transport.ts'
export type { FileProgress, UploadedFile, UploadOptions } from './upload.ts'
