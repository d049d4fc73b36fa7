import { useSyncExternalStore } from 'react'
import { keepPreference, keptPreference } from '../preferences.ts'

export const THEME_MODES = ['system', 'light', 'dark'] as const
export type ThemeMode = (typeof THEME_MODES)[number]

const STORED = 'mchat.theme'
const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()
const tell = (): void => {
  for (const listener of listeners) listener()
}
systemIsDark.addEventListener('change', tell)

const stored = keptPreference(STORED) as ThemeMode | null
let mode: ThemeMode = stored !== null && THEME_MODES.includes(stored) ? stored : 'system'

export const setThemeMode = (wanted: ThemeMode): void => {
  mode = wanted
  keepPreference(STORED, wanted)
  tell()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useThemeMode = (): ThemeMode => useSyncExternalStore(subscribe, () => mode)
export const useIsDark = (): boolean =>
  useSyncExternalStore(subscribe, () => (mode === 'system' ? systemIsDark.matches : mode === 'dark'))
