/** An element with elements in it; undefined ones are left out. A list is the same element several times. */
export interface XmlRecord {
  readonly [name: string]: XmlContent | readonly XmlContent[] | undefined
}
export type XmlContent = string | number | boolean | XmlRecord

const escapeText = (text: string): string => text.replaceAll(/[&<>"\r]/g, (char) => `&#${char.charCodeAt(0)};`)

const element = (name: string, content: XmlContent, attributes = ''): string =>
  `<${name}${attributes}>${
    typeof content === 'object'
      ? Object.entries(content)
          .flatMap(([child, value]) =>
            value === undefined
              ? []
              : (Array.isArray(value) ? value : [value as XmlContent]).map((each) => element(child, each)),
          )
          .join('')
      : escapeText(String(content))
  }</${name}>`

/** A document as S3 answers with. */
export const xmlDocument = (name: string, content: XmlContent): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content, name === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')}`
