import { useMemo } from 'react'
import { useLanguage } from '../../language/language.ts'

/** The time of a day, short: which day it was stands above. */
export const useClock = (): ((iso: string) => string) => {
  const language = useLanguage()
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' })
    return (iso) => format.format(new Date(iso))
  }, [language])
}

export const useDay = (): ((iso: string) => string) => {
  const language = useLanguage()
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(language, { dateStyle: 'full' })
    return (iso) => format.format(new Date(iso))
  }, [language])
}

/** In the reader's time zone. */
export const isSameDay = (one: string, other: string): boolean =>
  new Date(one).toDateString() === new Date(other).toDateString()
