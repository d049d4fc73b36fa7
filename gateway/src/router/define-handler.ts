import type { ACTIONS, ActionName, InputOf, OutputOf } from '@mchat/schema'
import type { ChangeContext, ConnectionContext, ReadContext, RelayContext } from './context.ts'

/** Which context a handler gets, by the `kind` its action declares. */
export type ContextOf<A extends ActionName> = {
  change: ChangeContext
  relay: RelayContext
  read: ReadContext
  connection: ConnectionContext
}[(typeof ACTIONS)[A]['kind']]

/**
 * What an action does. The frame has already checked everything its definition in the schema declares (session, limits,
 * fields, rule); the handler decides, queues what is to be delivered or announced, and returns the data of the answer.
 * It throws an MChatError for what the contract calls an error; anything else thrown is answered 500.
 */
export interface Handler<A extends ActionName> {
  readonly action: A
  readonly handle: (context: ContextOf<A>, input: InputOf<A>) => Promise<OutputOf<A>> | OutputOf<A>
}

export const defineHandler = <A extends ActionName>(action: A, handle: Handler<A>['handle']): Handler<A> => ({
  action,
  handle,
})

/** Complete by type: an action without a handler does not compile. */
export type HandlerRegistry = { readonly [A in ActionName]: Handler<A> }
