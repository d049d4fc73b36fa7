/** What a browser says of itself; `userAgentData` where it has that, on HTTPS pages and localhost. */
export interface Browser {
  readonly userAgent: string
  readonly userAgentData?: {
    readonly brands?: readonly { readonly brand: string }[]
    readonly platform?: string
  }
}

const BRANDS: Readonly<Record<string, string>> = {
  'Microsoft Edge': 'Edge',
  'Google Chrome': 'Chrome',
  Opera: 'Opera',
  Brave: 'Brave',
  Vivaldi: 'Vivaldi',
  Chromium: 'Chromium',
}
/** The first that is found: many say of themselves that they are others, too. */
const AGENTS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Android/, 'Android'],
  [/iPhone|iPad|iPod|iOS/, 'iOS'],
  [/Windows/, 'Windows'],
  [/CrOS|Chrome OS|ChromeOS/, 'ChromeOS'],
  [/Mac OS|macOS|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
]

const firstIn = (text: string, known: readonly (readonly [RegExp, string])[]): string | undefined =>
  known.find(([pattern]) => pattern.test(text))?.[1]

/**
 * For people who look at the list of their devices, e.g. `Chrome on Windows`: words that are known here and nothing else a
 * browser says. undefined: none of it is known.
 */
export const browserName = ({ userAgent, userAgentData }: Browser): string | undefined => {
  const brands = userAgentData?.brands?.map(({ brand }) => brand) ?? []
  const brand = Object.keys(BRANDS).find((each) => brands.includes(each))
  const browser = brand === undefined ? firstIn(userAgent, AGENTS) : BRANDS[brand]
  const system = firstIn(userAgentData?.platform ?? '', SYSTEMS) ?? firstIn(userAgent, SYSTEMS)
  return browser !== undefined && system !== undefined ? `${browser} on ${system}` : (browser ?? system)
}
