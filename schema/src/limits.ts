/**
 * Largest packet that a broker of its own has to carry: the whole organisation (org.tree) of about 25,000 people in one
 * answer. What is larger is answered 413.
 */
export const BROKER_PACKET_BYTES: number = 4 * 1024 * 1024

/**
 * Every number the contract promises (contract 3, 4, 5, 7). Sizes are bytes of UTF-8 unless a name says otherwise.
 * The configurable ones are defaults; `config.server` tells a client what its deployment really uses.
 */
export const LIMITS = {
  /** Largest request payload the gateway reads (contract 3). Larger ones are answered 413. */
  requestBytes: 64 * 1024,
  /** Largest MQTT packet the embedded broker reads from a client; past it the connection is closed. */
  packetBytes: 256 * 1024,
  /** Largest `content` of a message (contract 4.1). */
  contentBytes: 32 * 1024,
  /** Largest opaque payload of `sync.relay` (contract 5). */
  syncPayloadBytes: 48 * 1024,
  /** Nesting, members per object, members of all objects together and elements per array of a request. */
  jsonDepth: 16,
  jsonKeys: 1000,
  jsonMembers: 5000,
  jsonElements: 1000,
  contextMessages: 20,
  verifyMessages: 100,
  readAckMessages: 100,
  mentions: 100,
  reactionChars: 32,
  nameChars: 64,
  titleChars: 128,
  descriptionChars: 1024,
  skills: 50,
  /** Rows of one employee.import, and its answer: AWS IoT carries 128 KiB, and passwords that cannot be answered are lost. */
  importRows: 500,
  importAnswerBytes: 120 * 1024,
  /** An announcement: its text, the people it can name, and those that it may have to be put into the inboxes of. */
  announcementChars: 4096,
  announcementIds: 1000,
  announcementInboxes: 5000,
  /** Words that call an agent, and the length of each and of any other word that is looked for. */
  keywords: 50,
  keywordChars: 64,
  /** Words of a content filter. */
  filterWords: 50_000,
  systemPromptChars: 8192,
  /** What an agent's secret, or the key of its endpoint, can be; its characters are `SECRET_PATTERN`. */
  agentSecretCharsAtLeast: 8,
  agentSecretChars: 512,
  /** Entries of each list of whom an agent answers. */
  agentAllowed: 500,
  agentTimeoutSeconds: 15,
  agentCallsPerSecond: 5,
  agentConcurrency: 10,
  /** What a profile may say instead, and how many people may be named to take over. */
  agentTimeoutSecondsAtMost: 120,
  agentCallsPerSecondAtMost: 1000,
  agentConcurrencyAtMost: 1000,
  agentDailyCallsAtMost: 10_000_000,
  agentHandoffs: 10,
  agentEndpointChars: 2048,
  /** How often an agent's answer may be handed on to a further agent (contract 5, Agents; threats T45). */
  agentHops: 3,
  /** Messages that one answer of an agent may consist of, and agents that one message may call. */
  agentMessages: 10,
  agentsPerMessage: 10,
  /** What is shown of the body that an agent was called with. */
  agentRequestChars: 16_000,
  /** What is read of an answer, decompressed: of one message, and of a stream. */
  agentAnswerBytes: 64 * 1024,
  agentStreamBytes: 1024 * 1024,
  /** Of the words in which an agent says why it failed. */
  agentReasonChars: 256,
  /** Pieces of an answer that are passed on in a second. */
  agentDeltasPerSecond: 10,
  /** Messages that an agent may send by itself over HTTP, in a minute. */
  agentMessagesPerMinute: 60,
  /** How long what became of a call is remembered. */
  agentRunDays: 30,
  /** Largest file, and largest that is put in one piece (S3: 5 GiB of one request; contract 5, file.*). */
  fileBytes: 5 * 1024 ** 3,
  filePutBytes: 100 * 1024 ** 2,
  /** Every part of an upload in parts but the last, how many there can be, and how many are asked for at once. */
  filePartBytes: 16 * 1024 ** 2,
  fileParts: 320,
  filePartsPerRequest: 50,
  fileNameChars: 255,
  /** How long a signed address is good for, and how long it may be made so. */
  fileUrlMinutes: 15,
  fileUrlMinutesAtMost: 60,
  /** What was not completed by then is given up. */
  fileUploadHours: 24,
  /** Changes in one event, its bytes (AWS IoT takes 128 KiB), and how often one gateway tells somebody at most. */
  changesPerEvent: 200,
  changesBytes: 100 * 1024,
  changesEveryMs: 500,
  pageSize: 200,
  pageSizeDefault: 50,
  groupMembers: 5000,
  groupsPerEmployee: 500,
  sessionsPerEmployee: 10,
  sessionDays: 30,
  /** Devices of one employee with a credential of their own, which is also how many can be connected. */
  devicesPerEmployee: 50,
  /** How far off an administrator may set the end of a credential. */
  credentialDaysAtMost: 3650,
  /** How long old credentials go on beside the new one, at most: 30 days. */
  overlapMinutes: 43_200,
  /** How long a change may be repeated with the same seq_id and get the same answer (contract 3.1, 3). */
  retryHours: 24,
  requestsPerSecondPerClient: 20,
  requestBurstPerClient: 60,
  requestsPerSecondPerEmployee: 60,
  changesPerSecondPerEmployee: 30,
  heavyRequestsPerSecondPerEmployee: 5,
  messagesPerSecondPerGroup: 100,
  /** Refusals over these limits that are answered; what is sent past them gets no answer at all. */
  refusalsPerSecondPerClient: 20,
  /** Wrong credentials in a quarter of an hour, after which further tries wait. */
  failedLoginsPerAccount: 20,
  failedLoginsPerAddress: 200,
  /** A challenge: how long it is good for, wrong codes it takes, and how many somebody may ask for (contract 7). */
  challengeMinutes: 5,
  challengeTries: 5,
  challengesPerQuarterHour: 10,
  recoveryCodes: 10,
  /** A device that this one has added does not confirm what this one asks for before it is so old. */
  newDeviceHours: 24,
  /** Days that the audit log goes back at least, whatever a deployment sets (contract 5; threats T60). */
  auditDaysAtLeast: 180,
  auditDays: 400,
  /** Rows that one audit.verify looks at, and that one audit.export holds. */
  auditVerifyRows: 20_000,
  auditExportRows: 100_000,
  /** Points of one series, which fit into the smallest packet of any broker; and how long those of each length are kept. */
  statPoints: 400,
  statMinuteHours: 48,
  statHourDays: 60,
  statDayDays: 1095,
} as const
