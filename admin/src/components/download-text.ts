/** Offers a text that is in the page as a file. */
export const downloadText = (name: string, type: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has begun by then; revoked at once it would not in every browser.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
