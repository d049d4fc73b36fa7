import { App } from 'antd'
import { useEffect, useRef } from 'react'
import { useBlocker } from 'react-router'
import { useTexts } from '../../language/language.ts'
import { importTexts } from './texts.ts'

/** Asks before the page is left with something that would be lost: `running` or the `credentials`. */
export const useLeaveGuard = (unsaved: 'running' | 'credentials' | undefined): void => {
  const t = useTexts(importTexts)
  const { modal } = App.useApp()
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => unsaved !== undefined && currentLocation.pathname !== nextLocation.pathname,
  )
  const isAsking = useRef(false)
  useEffect(() => {
    // Once, whatever happens beside the question.
    const wasAsking = isAsking.current
    isAsking.current = blocker.state === 'blocked'
    if (blocker.state !== 'blocked' || wasAsking) return
    void modal.confirm({
      title: unsaved === 'running' ? t('leaveRunningTitle') : t('leaveTitle'),
      content: unsaved === 'running' ? t('leaveRunning') : t('leaveAbout'),
      okText: t('leave'),
      okButtonProps: { danger: true },
      cancelText: t('stay'),
      onOk: blocker.proceed,
      onCancel: blocker.reset,
    })
  }, [blocker, modal, t, unsaved])
  useEffect(() => {
    if (unsaved === undefined) return undefined
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [unsaved])
}
