/**
 * Audited actions that change nothing: most rows of a log in which people look around. `file.delete` is not one of them,
 * though its kind is `read`: what it changes is not in the database.
 */
export const AUDITED_READS = [
  'audit.export',
  'audit.list',
  'audit.verify',
  'device.list',
  'employee.export',
  'session.list',
] as const
