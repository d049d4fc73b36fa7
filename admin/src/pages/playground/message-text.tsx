import { useMemo } from 'react'
import { piecesOf } from './content.ts'

/** As it was written: nothing in it is anything but text, and links lead to https alone. */
export const MessageText = ({ text }: { readonly text: string }) => {
  const pieces = useMemo(() => piecesOf(text), [text])
  let at = 0
  return pieces.map((piece) => {
    const key = at
    at += piece.text.length
    return piece.href === undefined ? (
      <span key={key}>{piece.text}</span>
    ) : (
      <a key={key} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
        {piece.text}
      </a>
    )
  })
}
