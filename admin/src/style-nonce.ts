import { styleNonce } from './deployment.ts'

/**
 * Marks every style element that a script of this page makes with the nonce of the page, without which the
 * Content-Security-Policy does not let it in. antd's own setting (`csp`) does not reach all of its parts: what measures a
 * scrollbar, and what locks scrolling behind a dialogue, have none.
 */
const createElement = document.createElement.bind(document)
document.createElement = ((name: string, options?: ElementCreationOptions) => {
  const element = createElement(name, options)
  if (element instanceof HTMLStyleElement) element.nonce = styleNonce
  return element
}) as typeof document.createElement
