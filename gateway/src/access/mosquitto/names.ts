import type { Topics } from '@mchat/schema'

/** With the prefix of the topics, since several deployments can share a broker. */
export const employeeRole = ({ prefix }: Topics, employeeId: string): string => `emp:${prefix}${employeeId}`
export const deviceRole = ({ prefix }: Topics, clientId: string): string => `dev:${prefix}${clientId}`
