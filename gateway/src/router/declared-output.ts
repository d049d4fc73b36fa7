import { ACTIONS, type ActionName } from '@mchat/schema'
import { Value } from 'typebox/value'
import type { Request } from './request.ts'

/** Only what the action declares leaves the gateway, whatever a handler or a table has grown. */
export const declaredOutput = (request: Request, data: object): object =>
  Value.Clean(ACTIONS[request.action as ActionName].output, data) as object
