import type { HttpHook } from '../../ops/http-hooks.ts'
import { isSameSecret } from '../../platform/same-secret.ts'

/** The header in which a broker shows MCHAT_BROKER_HOOK_KEY when it asks a gateway. */
export const HOOK_KEY_HEADER = 'x-mchat-hook-key'

/** Has anybody asked with the key, or without it? Tells what is wrong when the broker refuses the gateway itself. */
export interface Asked {
  readonly rightly: boolean
  readonly wrongly: boolean
}

/** Lets nobody ask who does not have the key. */
export const createHookKeyCheck = (hookKey: string): { readonly mayAsk: HttpHook['mayAsk']; readonly asked: Asked } => {
  const asked = { rightly: false, wrongly: false }
  return {
    asked,
    mayAsk(header) {
      const isRight = isSameSecret(header(HOOK_KEY_HEADER) ?? '', hookKey)
      if (isRight) asked.rightly = true
      else asked.wrongly = true
      return isRight
    },
  }
}
