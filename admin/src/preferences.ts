/** What a person has chosen on this device; nothing where the browser may not keep anything. */
export const keptPreference = (name: string): string | null => {
  try {
    return localStorage.getItem(name)
  } catch {
    // Storage is blocked: even to ask for it throws.
    return null
  }
}

/** For the next visit, where the browser may keep something. */
export const keepPreference = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value)
  } catch {
    // Blocked, or full: it holds until the page is loaded again.
  }
}
