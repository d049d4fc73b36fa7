import { csvLine } from '@mchat/schema/csv'
import { expect, test } from 'vitest'
import { createTokens, TOKEN_PATTERN } from '#src/access/tokens.ts'
import { testKeys } from '../../../tests/kit/keys.ts'

test('a token stands in a spreadsheet as it is', () => {
  const tokens = createTokens(testKeys())
  for (let i = 0; i < 1000; i++) {
    const token = tokens.tokenOf(tokens.newCredentialId())
    expect(token).toMatch(TOKEN_PATTERN)
    expect(csvLine([token])).toBe(`${token}\r\n`)
  }
})
