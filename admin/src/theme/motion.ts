import { useSyncExternalStore } from 'react'

const wanted = window.matchMedia('(prefers-reduced-motion: reduce)')
const subscribe = (listener: () => void): (() => void) => {
  wanted.addEventListener('change', listener)
  return () => wanted.removeEventListener('change', listener)
}

/** Whether the reader has asked the system for a page on which nothing slides or fades. */
export const useIsStill = (): boolean => useSyncExternalStore(subscribe, () => wanted.matches)
