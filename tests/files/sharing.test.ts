import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { LIMITS, type OutputOf } from '../../schema/src/index.ts'
import type { Device } from '../kit/device.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { putFile, sendSigned } from '../kit/put-file.ts'

type SignedPart = OutputOf<'file.part_urls'>['parts'][number]

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const textAt = async (reader: Device, key: string): Promise<string> =>
  await (await sendSigned(await reader.call('file.download_url', { key }))).text()

/** What is answered, but for what names the request. */
const refusal = async (device: Device, action: string, input: object): Promise<object> => {
  const { code, data, message, reason } = await device.request(action, input)
  return { code, data, message, reason }
}

onEveryBroker('a file', (bench) => {
  const people = async (count: number): Promise<Device[]> => {
    const devices: Device[] = []
    while (devices.length < count) devices.push(await (await bench.current.hire()).connect())
    return devices
  }

  test('for a colleague is read by the two of them, and by nobody else', async () => {
    const [ann, bob, eve] = (await people(3)) as [Device, Device, Device]
    const { key } = await putFile(ann, 'hello', { to_employee_id: bob.employeeId })
    const done = await ann.call('file.complete', { key })
    expect(done).toEqual({ key, size: 5, content_type: 'text/plain', file_name: 'note.txt' })
    for (const reader of [ann, bob]) expect(await textAt(reader, key)).toBe('hello')
    for (const action of ['file.download_url', 'file.complete']) {
      const missing = key.replace(UUID, '0b6f2f6e-1c1d-4f5e-8a9b-0c1d2e3f4a5b')
      const refused = await refusal(eve, action, { key })
      expect(refused).toMatchObject({ code: 403, reason: 'forbidden', data: null })
      expect(await refusal(eve, action, { key: missing })).toEqual(refused)
    }
  })

  test('is readable without having been completed by the one who has put it there', async () => {
    const [ann, bob] = (await people(2)) as [Device, Device]
    const { key } = await putFile(ann, 'hello', { to_employee_id: bob.employeeId })
    expect(await textAt(bob, key)).toBe('hello')
  })

  test('is there for everybody who asks at the same time', async () => {
    const [ann, bob] = (await people(2)) as [Device, Device]
    for (let round = 0; round < 5; round++) {
      const { key } = await putFile(ann, 'hello', { to_employee_id: bob.employeeId })
      const asked = [ann, bob, ann, bob, ann, bob].map((device) => device.call('file.download_url', { key }))
      const answers = await Promise.all([...asked, ann.call('file.complete', { key })])
      for (const { size } of answers) expect(size).toBe(5)
    }
  })

  test('of one’s own is read by nobody else', async () => {
    const [ann, eve] = (await people(2)) as [Device, Device]
    const { key } = await putFile(ann, 'hello')
    expect(key).toMatch(new RegExp(`^mchat/employee/${ann.employeeId}/`))
    expect(await textAt(ann, key)).toBe('hello')
    expect(await eve.request('file.download_url', { key })).toMatchObject({ code: 403 })
  })

  test('T54: for a group is read by its members, until they are removed', async () => {
    const [owner, member, stranger] = (await people(3)) as [Device, Device, Device]
    const { group_id } = await owner.call('group.create', { name: 'Release', member_ids: [member.employeeId] })
    const { key } = await putFile(owner, 'hello', { group_id })
    expect(await textAt(member, key)).toBe('hello')
    expect(await stranger.request('file.download_url', { key })).toMatchObject({ code: 403, reason: 'forbidden' })
    await owner.call('group.member_remove', { group_id, member_ids: [member.employeeId] })
    expect(await member.request('file.download_url', { key })).toMatchObject({ code: 403, reason: 'forbidden' })
    await owner.call('group.member_add', { group_id, member_ids: [stranger.employeeId] })
    expect(await textAt(stranger, key)).toBe('hello')
  })

  test('is deleted by the one who has put it there, and by nobody else', async () => {
    const [ann, bob] = (await people(2)) as [Device, Device]
    const { key } = await putFile(ann, 'hello', { to_employee_id: bob.employeeId })
    await ann.call('file.complete', { key })
    const refused = await refusal(bob, 'file.delete', { key })
    expect(refused).toMatchObject({ code: 404, reason: 'file_not_found' })
    const missing = key.replace(UUID, '0b6f2f6e-1c1d-4f5e-8a9b-0c1d2e3f4a5b')
    expect(await refusal(bob, 'file.delete', { key: missing })).toEqual(refused)
    for (const _ of [1, 2]) await ann.call('file.delete', { key })
    expect(await ann.request('file.complete', { key })).toMatchObject({ code: 404, reason: 'file_not_found' })
  })

  test('does not change any more once it can be read', async () => {
    const [ann] = (await people(1)) as [Device]
    const signed = await ann.call('file.upload_url', { file_name: 'a.txt', content_type: 'text/plain', size: 5 })
    const put = async (text: string): Promise<number> => (await sendSigned(signed, text)).status
    expect(await put('first')).toBe(200)
    await ann.call('file.complete', { key: signed.key })
    expect(await put('other')).toBe(200)
    await ann.call('file.complete', { key: signed.key })
    expect(await textAt(ann, signed.key)).toBe('first')
  })

  test('that is announced again, as the answer was lost, is the same, and another one is another', async () => {
    const [ann, bob, eve] = (await people(3)) as [Device, Device, Device]
    const about = { file_name: 'a.txt', content_type: 'text/plain', size: 5, to_employee_id: bob.employeeId }
    const announce = async (device: Device, input: object, seqId = 'once'): Promise<OutputOf<'file.upload_url'>> =>
      (await device.request('file.upload_url', { ...about, ...input }, { seqId })).data as OutputOf<'file.upload_url'>
    const [first, again] = [await announce(ann, {}), await announce(ann, {})]
    expect(again.key).toBe(first.key)
    await sendSigned(first, 'first')
    await ann.call('file.complete', { key: first.key })
    // What is there is not replaced by a request that is as late as that.
    await sendSigned(await announce(ann, {}), 'other')
    await ann.call('file.complete', { key: first.key })
    expect(await textAt(bob, first.key)).toBe('first')
    const others = [
      await announce(ann, { file_name: 'b.txt' }),
      await announce(ann, { size: 6 }),
      await announce(ann, { to_employee_id: eve.employeeId }),
      await announce(ann, {}, 'twice'),
      await announce(eve, {}),
    ]
    expect(new Set([first, ...others].map(({ key }) => key)).size).toBe(6)
    const large = { size: LIMITS.filePutBytes + 1 }
    const [one, two] = [await announce(ann, large), await announce(ann, large)]
    expect(two.key).toBe(one.key)
    for (const { key, upload_id = '' } of [one, two]) await ann.call('file.delete', { key, upload_id })
  })

  test('that was deleted does not come back, nor does anything in its place', async () => {
    const [ann, bob] = (await people(2)) as [Device, Device]
    const about = { file_name: 'a.txt', content_type: 'text/plain', size: 5, to_employee_id: bob.employeeId }
    const signed = await ann.call('file.upload_url', about)
    await sendSigned(signed, 'first')
    await ann.call('file.complete', { key: signed.key })
    await ann.call('file.delete', { key: signed.key })
    expect((await sendSigned(signed, 'other')).status).toBe(200)
    for (const [device, action] of [
      [bob, 'file.download_url'],
      [ann, 'file.complete'],
    ] as const) {
      const answer = await device.request(action, { key: signed.key })
      expect(answer).toMatchObject({ code: 404, reason: 'file_not_found' })
    }
  })

  test('is only what was announced', async () => {
    const [ann] = (await people(1)) as [Device]
    const about = { file_name: 'photo.png', content_type: 'image/png', size: 5 }
    const signed = await ann.call('file.upload_url', { ...about, sha256: '0'.repeat(64) })
    expect((await sendSigned(signed, 'hello')).status).toBe(400)
    const other = await ann.call('file.upload_url', about)
    expect(
      (await sendSigned({ ...other, headers: { ...other.headers, 'content-type': 'text/html' } }, 'hello')).status,
    ).toBe(403)
    expect((await sendSigned(other, 'hello!')).status).toBe(403)
    expect((await sendSigned({ ...other, method: 'GET' })).status).toBe(403)
    expect(
      (
        await sendSigned(
          { ...other, url: other.url?.replace(other.key.slice(-36), signed.key.slice(-36)) ?? '' },
          'hello',
        )
      ).status,
    ).toBe(403)
    for (const { key } of [signed, other]) {
      expect(await ann.request('file.complete', { key })).toMatchObject({ code: 404, reason: 'file_not_found' })
    }
  })

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['/etc/passwd', 'passwd'],
    ['a%2f..%2fb', 'a%2f..%2fb'],
    ['..', 'file'],
    ['报告\u202egnp.exe', '报告_gnp.exe'],
    ['"quoted"; filename=x.exe', '"quoted"; filename=x.exe'],
    ['a.html', 'a.html'],
    ['\u{1f4ce}'.repeat(127), '\u{1f4ce}'.repeat(127)],
  ])('T51: named %j is kept under a key of the gateway’s and saved as %j', async (file_name, expected) => {
    const [ann] = (await people(1)) as [Device]
    const { key } = await putFile(ann, 'hello', { file_name })
    expect(key).toMatch(new RegExp(`^mchat/employee/${ann.employeeId}/${UUID.source}`))
    const download = await ann.call('file.download_url', { key })
    expect(download.file_name).toBe(expected)
    const { headers } = await sendSigned(download)
    expect(headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(headers.get('content-disposition')).not.toMatch(/[^\x20-\x7e]/)
  })

  test('is refused with the field and the rule where it cannot be taken', async () => {
    const [ann] = (await people(1)) as [Device]
    const about = { file_name: 'a', content_type: 'text/plain', size: 1 }
    const fieldOf = async (input: object): Promise<unknown> => {
      const { code, data } = await ann.request('file.upload_url', { ...about, ...input })
      expect(code).toBe(400)
      return (data?.errors as readonly { readonly field: string }[] | undefined)?.[0]?.field
    }
    expect(await fieldOf({ content_type: 'text/html' })).toBe('content_type')
    expect(await fieldOf({ content_type: 'image/svg+xml' })).toBe('content_type')
    expect(await fieldOf({ size: LIMITS.fileBytes + 1 })).toBe('size')
    expect(await fieldOf({ file_name: 'x'.repeat(256) })).toBe('file_name')
    expect(await fieldOf({ file_name: '' })).toBe('file_name')
    expect(await fieldOf({ sha256: 'abc' })).toBe('sha256')
    expect(await fieldOf({ sha256: 'a'.repeat(64), size: LIMITS.filePutBytes + 1 })).toBe('sha256')
    const { group_id } = await ann.call('group.create', { name: 'x', member_ids: [] })
    expect(await fieldOf({ group_id, to_employee_id: ann.employeeId })).toBe('to_employee_id')
    const nobody = await ann.request('file.upload_url', { ...about, to_employee_id: 'nobody' })
    expect(nobody).toMatchObject({ code: 404, reason: 'employee_not_found' })
  })

  describe('in parts', () => {
    const SIZE = LIMITS.filePutBytes + 10
    const about = { file_name: 'film.mp4', content_type: 'video/mp4', size: SIZE }
    const begin = async (ann: Device) => {
      const { key, part_count = 0, part_size = 0, upload_id = '', url } = await ann.call('file.upload_url', about)
      expect(url).toBeUndefined()
      expect([part_count, part_size]).toEqual([Math.ceil(SIZE / LIMITS.filePartBytes), LIMITS.filePartBytes])
      return { key, upload_id, part_count }
    }

    test('is put together when all of them are there', async () => {
      const [ann, eve] = (await people(2)) as [Device, Device]
      const { key, part_count, upload_id } = await begin(ann)
      const bytes = randomBytes(SIZE)
      const parts = Array.from({ length: part_count }, (_, i) => ({ part_number: i + 1 })).reverse()
      const urls = await ann.call('file.part_urls', { key, upload_id, parts })
      const put = async ({ part_number, size, ...signed }: SignedPart, length = size): Promise<number> => {
        const start = (part_number - 1) * LIMITS.filePartBytes
        return (await sendSigned(signed, bytes.subarray(start, start + length))).status
      }
      const [last, ...others] = urls.parts as [SignedPart, ...SignedPart[]]
      for (const part of others) expect(await put(part)).toBe(200)
      expect(await put(last, 9)).toBe(403)
      expect(await ann.request('file.complete', { key, upload_id })).toMatchObject({
        code: 409,
        reason: 'file_incomplete',
      })
      expect(await ann.request('file.download_url', { key })).toMatchObject({ code: 404 })
      const status = await ann.call('file.upload_status', { key, upload_id })
      expect(status).toEqual({
        size: SIZE,
        part_size: LIMITS.filePartBytes,
        part_count,
        uploaded_parts: others.map((part) => part.part_number).toReversed(),
      })
      expect(await put(last)).toBe(200)
      for (const _ of [1, 2]) expect(await ann.call('file.complete', { key, upload_id })).toMatchObject({ size: SIZE })
      const download = await sendSigned(await ann.call('file.download_url', { key }))
      expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
      expect(await eve.request('file.upload_status', { key, upload_id })).toMatchObject({ code: 403 })
      await ann.call('file.delete', { key })
    })

    test('is given up, and is gone then', async () => {
      const [ann] = (await people(1)) as [Device]
      const { key, upload_id } = await begin(ann)
      const { parts } = await ann.call('file.part_urls', { key, upload_id, parts: [{ part_number: 1 }] })
      expect((await sendSigned(parts[0] ?? {}, randomBytes(LIMITS.filePartBytes))).status).toBe(200)
      await ann.call('file.delete', { key, upload_id })
      expect((await sendSigned(parts[0] ?? {}, randomBytes(LIMITS.filePartBytes))).status).toBe(404)
      expect(await ann.request('file.upload_status', { key, upload_id })).toMatchObject({ code: 404 })
    })

    test('takes no number and no name that it was not given', async () => {
      const [ann, bob] = (await people(2)) as [Device, Device]
      const { key, part_count, upload_id } = await begin(ann)
      const tooHigh = await ann.request('file.part_urls', { key, upload_id, parts: [{ part_number: part_count + 1 }] })
      expect(tooHigh).toMatchObject({ code: 400, data: { errors: [{ field: 'parts[0].part_number' }] } })
      const other = await begin(ann)
      const mixed = { key, upload_id: other.upload_id, parts: [{ part_number: 1 }] }
      expect(await ann.request('file.part_urls', mixed)).toMatchObject({ code: 404, reason: 'file_not_found' })
      const forged = { ...mixed, upload_id: `${upload_id.slice(0, -1)}${upload_id.endsWith('A') ? 'B' : 'A'}` }
      expect(await ann.request('file.part_urls', forged)).toMatchObject({ code: 404, reason: 'file_not_found' })
      expect(await bob.request('file.part_urls', mixed)).toMatchObject({ code: 403 })
      for (const each of [{ key, upload_id }, other]) await ann.call('file.delete', each)
    })
  })

  describe('that is put with a grant', () => {
    const post = async (
      { url, fields }: { readonly url: string; readonly fields: Readonly<Record<string, string>> },
      more: Readonly<Record<string, string>>,
      bytes = 'hello',
    ): Promise<number> => {
      const form = new FormData()
      for (const [name, value] of Object.entries({ ...fields, ...more })) form.append(name, value)
      form.append('file', new Blob([bytes]), 'x')
      return (await fetch(url, { method: 'POST', body: form })).status
    }

    test('is one’s own, and is read when it was completed', async () => {
      const [ann] = (await people(1)) as [Device]
      const grant = await ann.call('config.storage', {})
      const uuid = crypto.randomUUID()
      expect(await post(grant.post, { key: `${grant.key_prefix}${uuid}` })).toBe(204)
      const key = `${grant.final_prefix}${uuid}`
      await ann.call('file.complete', { key })
      expect(await textAt(ann, key)).toBe('hello')
    })

    test('T52: goes nowhere else, and is nothing else', async () => {
      const [ann, bob] = (await people(2)) as [Device, Device]
      const grant = await ann.call('config.storage', {})
      const key = `${grant.key_prefix}${crypto.randomUUID()}`
      expect(await post(grant.post, { key: key.replace(ann.employeeId, bob.employeeId) })).toBe(403)
      expect(await post(grant.post, { key: key.replace('incoming/', '') })).toBe(403)
      expect(await post(grant.post, { key, 'Content-Type': 'text/html' })).toBe(403)
      expect(await post(grant.post, { key, 'Content-Disposition': 'inline' })).toBe(403)
      expect(await post(grant.post, { key, 'x-amz-meta-owner': bob.employeeId })).toBe(403)
      const bucket = new URL(grant.post.url)
      for (const path of ['', '?list-type=2', `/${key}`]) {
        expect((await fetch(`${bucket.href}${path}`)).status).toBe(403)
      }
      expect((await fetch(`${bucket.href}/${key}`, { method: 'DELETE' })).status).toBe(403)
    })
  })

  test('T53: is saved by a browser, and never shown as a page', async () => {
    const [ann] = (await people(1)) as [Device]
    const page = '<script>alert(1)</script>'
    const { key } = await putFile(ann, page, { file_name: 'page.html', content_type: 'application/octet-stream' })
    const { headers } = await sendSigned(await ann.call('file.download_url', { key }))
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toBe('attachment; filename=page.html')
    // On the port of a gateway; what another store says beside is its own business.
    if (bench.broker === 'embedded') expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})
