import { type RefCallback, useCallback, useState } from 'react'

/**
 * How much of the window is left below where an element begins, for what scrolls in itself.
 * @param least of it, in pixels, however small the window is
 */
export const useFreeHeight = (least: number, below = 32): readonly [RefCallback<HTMLElement>, number] => {
  const [height, setHeight] = useState(least)
  const watch = useCallback(
    (element: HTMLElement | null) => {
      if (element === null) return undefined
      const measure = (): void => {
        const top = element.getBoundingClientRect().top + window.scrollY
        setHeight(Math.max(least, Math.floor(window.innerHeight - top - below)))
      }
      measure()
      const observer = new ResizeObserver(measure)
      observer.observe(document.body)
      window.addEventListener('resize', measure)
      return () => {
        observer.disconnect()
        window.removeEventListener('resize', measure)
      }
    },
    [below, least],
  )
  return [watch, height]
}
