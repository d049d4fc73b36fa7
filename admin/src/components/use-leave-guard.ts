import { App } from 'antd'
import { useEffect, useRef } from 'react'
import { useBlocker } from 'react-router'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('leave-guard', {
  en: { leave: 'Leave', stay: 'Stay' },
  'zh-CN': { leave: '离开', stay: '留在此页' },
})

/** What is asked before something is lost. */
export interface LeaveQuestion {
  readonly title: string
  readonly content: string
}

/**
 * Asks before the page is left with what would be lost; closing the tab and signing out ask as well.
 * @param unsaved undefined while nothing would be
 * @returns asks before something else than leaving, where there is something to lose, and goes on with it when that is agreed to
 */
export const useLeaveGuard = (unsaved: LeaveQuestion | undefined): ((goOn: () => void) => void) => {
  const t = useTexts(texts)
  const { modal } = App.useApp()
  const isUnsaved = unsaved !== undefined
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isUnsaved && currentLocation.pathname !== nextLocation.pathname,
  )
  const ask = (goOn: () => void, stay?: () => void): void => {
    if (unsaved === undefined) {
      goOn()
      return
    }
    void modal.confirm({
      ...unsaved,
      okText: t('leave'),
      okButtonProps: { danger: true },
      cancelText: t('stay'),
      onOk: goOn,
      onCancel: stay,
    })
  }
  const isAsking = useRef(false)
  useEffect(() => {
    // Once, whatever happens beside the question.
    const wasAsking = isAsking.current
    isAsking.current = blocker.state === 'blocked'
    if (blocker.state === 'blocked' && !wasAsking) ask(blocker.proceed, blocker.reset)
  })
  useEffect(() => {
    if (!isUnsaved) return undefined
    const prevent = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', prevent)
    return () => window.removeEventListener('beforeunload', prevent)
  }, [isUnsaved])
  return ask
}
