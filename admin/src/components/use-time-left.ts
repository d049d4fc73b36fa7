import { useEffect, useRef } from 'react'
import { defineTexts, useLanguage, useTexts } from '../language/language.ts'

const texts = defineTexts('time-left', {
  en: { left: 'About {{time}} left.' },
  'zh-CN': { left: '大约还需 {{time}}。' },
})

/** Below it nothing is said: it is over before it is read. */
const WORTH_SAYING_S = 10
/** Less says too little about the rest. */
const MEASURED_MS = 2000

/**
 * How much longer the work will take, in words, by the pace since it was begun or gone on with.
 * @param isRunning while it is not, time does not count
 * @returns '' where it is soon done, or cannot be told yet
 */
export const useTimeLeft = (done: number, total: number, isRunning: boolean): string => {
  const t = useTexts(texts)
  const language = useLanguage()
  const begun = useRef<{ readonly at: number; readonly done: number }>(undefined)
  useEffect(() => {
    if (!isRunning) begun.current = undefined
    else begun.current ??= { at: Date.now(), done }
  }, [done, isRunning])
  // The render in which it stops comes before the effect.
  if (!isRunning || begun.current === undefined) return ''
  const ms = Date.now() - begun.current.at
  const doneSince = done - begun.current.done
  if (doneSince === 0 || ms < MEASURED_MS) return ''
  const seconds = ((ms / doneSince) * (total - done)) / 1000
  if (seconds < WORTH_SAYING_S) return ''
  const [value, unit] = seconds < 90 ? [Math.ceil(seconds / 10) * 10, 'second'] : [Math.ceil(seconds / 60), 'minute']
  return t('left', {
    time: new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(value),
  })
}
