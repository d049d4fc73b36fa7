import type { Kind } from './kinds.ts'

/** One thing a deployment can set. */
export interface Setting<T, D extends T | undefined = T | undefined> {
  readonly env: string
  readonly kind: Kind<T>
  /** What holds when nothing is set; undefined: see the sentence. */
  readonly default: D
  /** Never printed, and also read from the file that `{env}_FILE` names. */
  readonly secret?: true
  readonly sentence: string
}

export const required = <T>(env: string, kind: Kind<T>, value: NoInfer<T>, sentence: string): Setting<T, T> => ({
  env,
  kind,
  default: value,
  sentence,
})

export const optional = <T>(
  env: string,
  kind: Kind<T>,
  sentence: string,
  options: { readonly secret?: true } = {},
): Setting<T, T | undefined> => ({ env, kind, default: undefined, sentence, ...options })
