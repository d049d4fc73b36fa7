import { LIMITS } from '@mchat/schema'
import { bytes, integer } from './kinds.ts'
import { required } from './setting.ts'

const count = integer(1, 100_000_000)
const MiB = 1024 * 1024

/** Subscriptions that a device of somebody in so many groups needs: two topics for each, and those for itself. */
export const subscriptionsFor = (groups: number): number => 2 * groups + 100

/** What nobody gets more of. A default that the contract promises stands in the schema. */
export const LIMIT_SETTINGS = {
  'limits.requestsPerSecondPerClient': required(
    'MCHAT_LIMIT_REQUESTS_PER_SECOND_PER_CLIENT',
    count,
    LIMITS.requestsPerSecondPerClient,
    'Requests of one device in a second, on average.',
  ),
  'limits.requestBurstPerClient': required(
    'MCHAT_LIMIT_REQUEST_BURST_PER_CLIENT',
    count,
    LIMITS.requestBurstPerClient,
    'Requests of one device at once, after a pause.',
  ),
  'limits.requestsPerSecondPerEmployee': required(
    'MCHAT_LIMIT_REQUESTS_PER_SECOND_PER_EMPLOYEE',
    count,
    LIMITS.requestsPerSecondPerEmployee,
    'Requests of all devices of one employee in a second.',
  ),
  'limits.changesPerSecondPerEmployee': required(
    'MCHAT_LIMIT_CHANGES_PER_SECOND_PER_EMPLOYEE',
    count,
    LIMITS.changesPerSecondPerEmployee,
    'Changes, such as of groups and employees, of all devices of one employee in a second.',
  ),
  'limits.heavyRequestsPerSecondPerEmployee': required(
    'MCHAT_LIMIT_HEAVY_REQUESTS_PER_SECOND_PER_EMPLOYEE',
    count,
    LIMITS.heavyRequestsPerSecondPerEmployee,
    'Requests that cost much, such as `org.tree`, of all devices of one employee in a second.',
  ),
  'limits.refusalsPerSecondPerClient': required(
    'MCHAT_LIMIT_REFUSALS_PER_SECOND_PER_CLIENT',
    count,
    LIMITS.refusalsPerSecondPerClient,
    'Refusals over these limits that one device is answered in a second, and ten times as many at once; further ones get no answer.',
  ),
  'limits.messagesPerSecondPerGroup': required(
    'MCHAT_LIMIT_MESSAGES_PER_SECOND_PER_GROUP',
    count,
    LIMITS.messagesPerSecondPerGroup,
    'Messages to one group in a second.',
  ),
  'limits.groupMembers': required(
    'MCHAT_LIMIT_GROUP_MEMBERS',
    integer(2, 100_000),
    LIMITS.groupMembers,
    'Members of one group.',
  ),
  'limits.groupsPerEmployee': required(
    'MCHAT_LIMIT_GROUPS_PER_EMPLOYEE',
    integer(1, 100_000),
    LIMITS.groupsPerEmployee,
    'Groups one employee can be in.',
  ),
  'limits.sessionsPerEmployee': required(
    'MCHAT_LIMIT_SESSIONS_PER_EMPLOYEE',
    integer(1, 1000),
    LIMITS.sessionsPerEmployee,
    'Devices with a session per employee; the one idle for longest gives way.',
  ),
  'limits.devicesPerEmployee': required(
    'MCHAT_LIMIT_DEVICES_PER_EMPLOYEE',
    integer(1, 10_000),
    LIMITS.devicesPerEmployee,
    'Devices of one employee that have a credential of their own.',
  ),
  'limits.sessionDays': required(
    'MCHAT_LIMIT_SESSION_DAYS',
    integer(1, 3650),
    LIMITS.sessionDays,
    'Days until an unused session ends.',
  ),
  'limits.failedLoginsPerAccount': required(
    'MCHAT_LIMIT_FAILED_LOGINS_PER_ACCOUNT',
    integer(1, 1_000_000),
    LIMITS.failedLoginsPerAccount,
    'Wrong passwords for one employee in 15 minutes; further tries wait, but those of a device with a session.',
  ),
  'limits.failedLoginsPerAddress': required(
    'MCHAT_LIMIT_FAILED_LOGINS_PER_ADDRESS',
    integer(1, 1_000_000),
    LIMITS.failedLoginsPerAddress,
    'Wrong credentials from one address in 15 minutes, where the broker tells addresses; further tries wait.',
  ),
  'limits.fileBytes': required(
    'MCHAT_LIMIT_FILE_BYTES',
    bytes(MiB, LIMITS.fileBytes),
    LIMITS.fileBytes,
    'Bytes of one file.',
  ),
  'limits.maxConnections': required(
    'MCHAT_LIMIT_MAX_CONNECTIONS',
    count,
    20_000,
    'Connections to the embedded broker.',
  ),
  'limits.connectionsPerAddress': required(
    'MCHAT_LIMIT_CONNECTIONS_PER_ADDRESS',
    count,
    5000,
    'Connections from one address to the embedded broker, and as many to the HTTP port.',
  ),
  'limits.connectTimeoutSeconds': required(
    'MCHAT_LIMIT_CONNECT_TIMEOUT_SECONDS',
    integer(1, 300),
    5,
    'Seconds a new connection has to say who it is.',
  ),
  'limits.inflightPerSession': required(
    'MCHAT_LIMIT_INFLIGHT_PER_SESSION',
    integer(1, 65_535),
    512,
    'Messages sent to one device that it has not acknowledged yet; the rest waits.',
  ),
  'limits.queuedMessagesPerSession': required(
    'MCHAT_LIMIT_QUEUED_MESSAGES_PER_SESSION',
    count,
    50_000,
    'Messages kept for one device; past it its subscriptions end, and it gets these first when it comes back.',
  ),
  'limits.queuedBytesPerSession': required(
    'MCHAT_LIMIT_QUEUED_BYTES_PER_SESSION',
    bytes(64 * 1024, 4096 * MiB),
    32 * MiB,
    'Bytes kept for one device; past it its subscriptions end, as with too many messages.',
  ),
  'limits.queuedBytesTotal': required(
    'MCHAT_LIMIT_QUEUED_BYTES_TOTAL',
    bytes(MiB, 1024 * 1024 * MiB),
    512 * MiB,
    'Bytes kept for all devices together, a message to many counted once; past it messages are refused with 503.',
  ),
  'limits.connectionBufferBytes': required(
    'MCHAT_LIMIT_CONNECTION_BUFFER_BYTES',
    bytes(64 * 1024, 1024 * MiB),
    MiB,
    'Bytes on their way out of one connection; past it the rest waits until the device has read some.',
  ),
  'limits.subscriptionsPerClient': required(
    'MCHAT_LIMIT_SUBSCRIPTIONS_PER_CLIENT',
    integer(1, 1_000_000),
    subscriptionsFor(LIMITS.groupsPerEmployee),
    'Subscriptions of one device; at least two for each of `limits.groupsPerEmployee`, and 100.',
  ),
  'limits.concurrentRequests': required(
    'MCHAT_LIMIT_CONCURRENT_REQUESTS',
    integer(1, 65_535),
    512,
    'Unanswered requests of all devices at the same time, with a broker of its own; further ones wait there.',
  ),
  'limits.concurrentRequestsPerClient': required(
    'MCHAT_LIMIT_CONCURRENT_REQUESTS_PER_CLIENT',
    integer(1, 65_535),
    1024,
    'Unanswered requests of one device at the same time; further ones wait unread.',
  ),
} as const
