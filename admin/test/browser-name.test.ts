import { expect, test } from 'vitest'
import { browserName } from '../src/connection/browser-name.ts'

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const ENGINE = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

test.each([
  [`${WINDOWS} ${ENGINE}`, 'Chrome on Windows'],
  [`${WINDOWS} ${ENGINE} Edg/140.0.0.0`, 'Edge on Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    'Safari on iOS',
  ],
  [`Mozilla/5.0 (Linux; Android 10; K) ${ENGINE}`, 'Chrome on Android'],
  ['curl/8.0', undefined],
  ['<img src=x onerror=alert(1)> Windows', 'Windows'],
])('%s is %s', (userAgent, name) => {
  expect(browserName({ userAgent })).toBe(name)
})

test('what a browser says in so many words is believed first, and made-up brands are not', () => {
  const userAgentData = {
    platform: 'Windows',
    brands: [{ brand: 'Not;A=Brand' }, { brand: 'Chromium' }, { brand: 'Microsoft Edge' }],
  }
  expect(browserName({ userAgent: ENGINE, userAgentData })).toBe('Edge on Windows')
  expect(browserName({ userAgent: ENGINE, userAgentData: { platform: 'Linux', brands: [] } })).toBe('Chrome on Linux')
})
