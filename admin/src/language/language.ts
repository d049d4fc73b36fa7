import i18next from 'i18next'
import { useCallback } from 'react'
import { initReactI18next, useTranslation } from 'react-i18next'
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

void i18next.use(initReactI18next).init({
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

/** The language of the page, kept in step by whoever renders. */
export const useLanguage = (): Language => useTranslation().i18n.language as Language

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

export type Translate<T extends Table> = (key: TextKey<T>, values?: Readonly<Record<string, string | number>>) => string

export const useTexts = <T extends Table>(texts: Texts<T>): Translate<T> => {
  const { t } = useTranslation(texts.namespace)
  // i18next's own types compute a key's values from its text, which a table that is not known here does not tell.
  return useCallback((key, values) => (t as unknown as (key: string, values?: object) => string)(key, values), [t])
}

/** Dates and numbers as they are written where the reader is. */
export const formatTime = (iso: string, language: Language): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso))
export const formatNumber = (value: number, language: Language): string => new Intl.NumberFormat(language).format(value)
