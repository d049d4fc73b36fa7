import { describe, expect, test } from 'vitest'
import type { FormRules, SignedForm } from '../../gateway/src/objects/object-store.ts'
import { newUuid } from '../../gateway/src/platform/random.ts'
import { GOOD_FOR, isRefusal, keysOf, later, type OpenBench } from './object-bench.ts'
import { asForm, breakOff, type FormContent, send } from './object-requests.ts'

const RULES: FormRules = {
  prefix: 'mchat/incoming/employee/ann/',
  owner: 'ann',
  contentType: 'image/png',
  maxBytes: 1000,
}
const FILE = Buffer.alloc(1000, 'x')
const newKey = (): string => `${RULES.prefix}${newUuid()}`

/** The policy with something else in it, as whoever has no key can write it. */
const forged = ({ fields }: SignedForm, from: string, to: string): Record<string, string> => {
  const policy = Buffer.from(fields.Policy ?? '', 'base64').toString()
  if (!policy.includes(from)) throw new Error('The policy does not say that.')
  return { Policy: Buffer.from(policy.replace(from, to)).toString('base64') }
}

/** What somebody may make of a form. */
const CHANGES: Readonly<Record<string, (form: SignedForm) => Partial<FormContent>>> = {
  'a file that is too large': () => ({ file: Buffer.alloc(RULES.maxBytes + 1) }),
  'a file that is much too large': () => ({ file: Buffer.alloc(5_000_000) }),
  "another's prefix": () => ({ key: `mchat/incoming/employee/bob/${newUuid()}` }),
  'a key that the prefix is only a part of': () => ({ key: `x/${newKey()}` }),
  'another type': () => ({ fields: { 'Content-Type': 'text/html' } }),
  'another disposition': () => ({ fields: { 'Content-Disposition': 'inline' } }),
  'another owner': () => ({ fields: { 'x-amz-meta-owner': 'bob' } }),
  'an ACL': () => ({ fields: { acl: 'public-read' } }),
  'more metadata': () => ({ fields: { 'x-amz-meta-evil': 'yes' } }),
  'a redirect': () => ({ fields: { success_action_redirect: 'https://example.org' } }),
  'a policy for another prefix': (form) => ({
    key: 'mchat/incoming/employee/bob/1',
    fields: forged(form, RULES.prefix, 'mchat/incoming/employee/bob/'),
  }),
  'a policy for larger files': (form) => ({
    file: Buffer.alloc(2000),
    fields: forged(form, `${RULES.maxBytes}]`, '9999]'),
  }),
  'another signature': () => ({ fields: { 'X-Amz-Signature': '0'.repeat(64) } }),
  'no policy': () => ({ fields: { Policy: '' } }),
}

/** What a store does with a form (POST policy). */
export const signedForms = (open: OpenBench): void => {
  describe('a form', () => {
    test('puts files at its prefix, as often as one likes', async () => {
      await using bench = await open()
      const form = await bench.store.signForm(RULES, GOOD_FOR)
      for (const file of [FILE, Buffer.from('a'), Buffer.alloc(0)]) {
        const key = newKey()
        expect((await send(asForm(form, { key, file }))).status).toBeLessThan(300)
        expect(await bench.store.head(key)).toEqual({
          contentType: RULES.contentType,
          contentDisposition: 'attachment',
          owner: RULES.owner,
          size: file.length,
        })
      }
      expect(await keysOf(bench)).toHaveLength(3)
    })

    test.each(Object.entries(CHANGES))('is not good for %s', async (_name, change) => {
      await using bench = await open()
      const form = await bench.store.signForm(RULES, GOOD_FOR)
      const content = { key: newKey(), file: FILE }
      expect((await send(asForm(form, { ...content, ...change(form) }))).status).toSatisfy(isRefusal)
      expect(await keysOf(bench)).toEqual([])
      expect((await send(asForm(form, content))).status).toBeLessThan(300)
    })

    test('is not good once it has expired', async () => {
      await using bench = await open()
      const form = await later(bench, -GOOD_FOR - 60, () => bench.store.signForm(RULES, GOOD_FOR))
      expect((await send(asForm(form, { key: newKey(), file: FILE }))).status).toSatisfy(isRefusal)
      expect(await keysOf(bench)).toEqual([])
    })

    test('that breaks off leaves nothing', async () => {
      await using bench = await open()
      const form = await bench.store.signForm(RULES, GOOD_FOR)
      for (const fields of [{}, { 'X-Amz-Signature': '0'.repeat(64) }]) {
        const request = asForm(form, { key: newKey(), file: FILE, fields })
        const length = request.body?.length ?? 0
        for (const sentBytes of [0, 300, length - 1100, length - 500, length - 20]) await breakOff(request, sentBytes)
      }
      expect(await keysOf(bench)).toEqual([])
      expect((await send(asForm(form, { key: newKey(), file: FILE }))).status).toBeLessThan(300)
    })
  })
}
