import i18next from 'i18next'
import { useSyncExternalStore } from 'react'
import { deployment } from '../deployment.ts'
import { keepPreference, keptPreference } from '../preferences.ts'

export const LANGUAGES = ['en', 'zh-CN'] as const
export type Language = (typeof LANGUAGES)[number]

const STORED = 'mchat.language'

const initialLanguage = (): Language => {
  const stored = keptPreference(STORED)
  const wanted = [...(stored === null ? [] : [stored]), ...navigator.languages]
  for (const tag of wanted) {
    if (/^zh\b/i.test(tag)) return 'zh-CN'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return deployment.language
}

void i18next.init({
  lng: initialLanguage(),
  fallbackLng: false,
  // React escapes.
  interpolation: { escapeValue: false },
  resources: {},
  initAsync: false,
})

export const setLanguage = (language: Language): void => {
  keepPreference(STORED, language)
  void i18next.changeLanguage(language)
}

const listeners = new Set<() => void>()
i18next.on('languageChanged', () => {
  for (const listener of listeners) listener()
})
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
const read = (): Language => i18next.language as Language

/** The language of the page, kept in step by whoever renders. */
export const useLanguage = (): Language => useSyncExternalStore(subscribe, read)

type Table = Readonly<Record<string, string>>
type Plural = 'one' | 'other'
/** With `n_one` and `n_other` the text is `n`, and `count` says which. */
type TextKey<T extends Table> = { [K in keyof T & string]: K extends `${infer N}_${Plural}` ? N : K }[keyof T & string]

export interface Texts<T extends Table> {
  readonly namespace: string
  readonly en: T
}

/**
 * The texts of one page or part, in both languages side by side. Chinese has no `_one`.
 * @param namespace of this part alone
 */
export const defineTexts = <const T extends Table>(
  namespace: string,
  languages: {
    readonly en: T
    readonly 'zh-CN': { readonly [K in keyof T as K extends `${string}_one` ? never : K]: string }
  },
): Texts<T> => {
  for (const language of LANGUAGES) i18next.addResourceBundle(language, namespace, languages[language])
  return { namespace, en: languages.en }
}

/** A `count` that is written out already would say nothing about the plural, and the name of the text would be shown. */
export type Translate<T extends Table> = (
  key: TextKey<T>,
  values?: Readonly<Record<string, string | number>> & { readonly count?: number },
) => string

const translations = new Map<string, Translate<Table>>()

// i18next's own types compute a key's values from its text, which a table that is not known here does not tell.
const translateIn = (language: Language, namespace: string): Translate<Table> =>
  i18next.getFixedT(language, namespace) as unknown as Translate<Table>

/**
 * The same function for the same language, wherever it is asked for. All texts are there before anything is drawn, so that
 * nothing of what react-i18next does for those that come later is needed in each row of a list.
 */
export const useTexts = <T extends Table>({ namespace }: Texts<T>): Translate<T> => {
  const language = useLanguage()
  const name = `${language} ${namespace}`
  const translate = translations.get(name) ?? translateIn(language, namespace)
  translations.set(name, translate)
  return translate as Translate<T>
}

/** Dates and numbers as they are written where the reader is. */
export const formatTime = (iso: string, language: Language): string => formatsOf(language).time.format(new Date(iso))
export const formatNumber = (value: number, language: Language): string => formatsOf(language).number.format(value)

interface Formats {
  readonly time: Intl.DateTimeFormat
  readonly number: Intl.NumberFormat
}

const formats = new Map<Language, Formats>()

/** To make one takes much longer than to use it. */
const formatsOf = (language: Language): Formats => {
  const known = formats.get(language)
  if (known !== undefined) return known
  const made = {
    time: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }),
    number: new Intl.NumberFormat(language),
  }
  formats.set(language, made)
  return made
}
