import { App } from 'antd'
import { useCallback } from 'react'
import { useErrorText } from '../calls/error-text.ts'
import { NotConfirmedError } from '../connection/second-factor.ts'

/**
 * Does what a button is for and says how it went: `done` when it is, a sentence when it failed, nothing when the person did
 * not want to confirm it.
 */
export const useAttempt = (): (<T>(work: () => Promise<T>, done?: string) => Promise<T | undefined>) => {
  const { message, notification } = App.useApp()
  const textOf = useErrorText()
  return useCallback(
    async (work, done) => {
      try {
        const result = await work()
        if (done !== undefined) void message.success(done)
        return result
      } catch (error) {
        if (!(error instanceof NotConfirmedError)) notification.error({ title: textOf(error), role: 'alert' })
        return undefined
      }
    },
    [message, notification, textOf],
  )
}
