/**
 * For what is copied in a dialogue: Escape goes to what opened last, and a hint that was hovered over for a moment only may
 * stay the last one unseen. The button is named all the same.
 */
export const COPYABLE = { tooltips: false } as const
