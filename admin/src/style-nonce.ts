import { styleNonce } from './deployment.ts'

/**
 * Makes the styles of libraries such that the Content-Security-Policy lets them in. Style elements that a script of this page
 * makes are marked with the nonce of the page: antd's own setting (`csp`) does not reach what measures a scrollbar, and what
 * locks scrolling behind a dialogue. Styles that are set as an attribute, as by the text fields that grow with their text, are
 * set as properties instead. What comes as HTML, which is what the policy is against, is neither.
 */
const createElement = document.createElement.bind(document)
document.createElement = ((name: string, options?: ElementCreationOptions) => {
  const element = createElement(name, options)
  if (element instanceof HTMLStyleElement) element.nonce = styleNonce
  return element
}) as typeof document.createElement

const { setAttribute } = Element.prototype
Element.prototype.setAttribute = function (this: Element, name: string, value: string): void {
  if (name === 'style' && this instanceof HTMLElement) this.style.cssText = value
  else setAttribute.call(this, name, value)
}
