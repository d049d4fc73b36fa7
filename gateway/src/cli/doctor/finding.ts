/** What a probe has found, as a sentence for an operator. */
export interface Finding {
  readonly verdict: 'holds' | 'must change' | 'to know'
  readonly text: string
}

export const holds = (text: string): Finding => ({ verdict: 'holds', text })
export const mustChange = (text: string): Finding => ({ verdict: 'must change', text })
export const toKnow = (text: string): Finding => ({ verdict: 'to know', text })

/** Takes what was found about something, by its name. */
export type Report = (name: string, findings: readonly Finding[]) => void
