import { describe, expect, test } from 'vitest'
import { createAddressGuard, isAllowEntry } from '../../src/platform/address-guard.ts'

const guard = createAddressGuard([])

describe('T40: an address that is not of the public Internet is refused', () => {
  test.each([
    ['0.0.0.0', 'of any machine'],
    ['0.1.2.3', 'of any machine'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['100.64.0.1', 'provider'],
    ['100.100.100.200', 'provider'],
    ['100.127.255.255', 'provider'],
    ['168.63.129.16', 'cloud'],
    ['192.0.0.192', 'reserved'],
    ['192.88.99.1', 'reserved'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.255', 'documentation'],
    ['198.18.0.1', 'benchmarks'],
    ['198.19.255.255', 'benchmarks'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'of any machine'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::127.0.0.1', 'reserved'],
    ['::8.8.8.8', 'reserved'],
    ['::ffff:127.0.0.1', 'stands for 127.0.0.1, which is a loopback address'],
    ['::ffff:7f00:1', 'loopback'],
    ['0:0:0:0:0:FFFF:0a00:0001', 'stands for 10.0.0.1'],
    ['::ffff:0:127.0.0.1', 'reserved'],
    ['64:ff9b::7f00:1', 'stands for 127.0.0.1'],
    ['64:ff9b::169.254.169.254', 'stands for 169.254.169.254'],
    ['64:ff9b:1::808:808', 'local translation'],
    ['64:ff9b:1:ffff::1', 'local translation'],
    ['2002:7f00:1::', 'stands for 127.0.0.1'],
    ['2002:c0a8:101::1', 'stands for 192.168.1.1'],
    ['2001:0:7f00:1::1', 'stands for 127.0.0.1'],
    ['2001:0:808:808:0:0:80ff:fffe', 'stands for 127.0.0.1'],
    ['fc00::1', 'private'],
    ['fd00:ec2::254', 'private'],
    ['fec0::1', 'private'],
    ['fe80::1', 'link-local'],
    ['febf::1', 'link-local'],
    ['fe80::1%lo', 'link'],
    ['2606:4700::1111%eth0', 'link'],
    ['ff02::1', 'multicast'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['2001:2::1', 'reserved'],
    ['2001:10::1', 'reserved'],
    ['2001:20::1', 'reserved'],
    ['100::1', 'reserved'],
    ['5f00::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['3ffe::1', 'reserved'],
    ['', 'not an address'],
    ['agent.example.org', 'not an address'],
    ['127.1', 'not an address'],
    ['0177.0.0.1', 'not an address'],
  ])('%s', (address, reason) => {
    expect(guard.refuse(address, 'agent.example.org', 443)).toContain(reason)
  })
})

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450::1',
  '2001:200::1',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
  '2001:0:808:808:0:0:f7f7:f7f7',
])('%s may be connected to', (address) => {
  expect(guard.refuse(address, 'agent.example.org', 443)).toBeUndefined()
})

describe('the operator admits', () => {
  test('networks, also where an address of them is written as IPv6', () => {
    const admitting = createAddressGuard(['10.1.0.0/16', '127.0.0.1/32', 'fd00::/8'])
    for (const address of ['10.1.2.3', '127.0.0.1', 'fd12::1', '::ffff:10.1.2.3', '::ffff:7f00:1']) {
      expect(admitting.refuse(address, 'agent.example.org', 443), address).toBeUndefined()
    }
    for (const address of [
      '10.2.0.1',
      '127.0.0.2',
      '::1',
      'fc00::1',
      'fd12::1%lo',
      '64:ff9b::10.1.2.3',
      '2002:a01:1::',
    ]) {
      expect(admitting.refuse(address, 'agent.example.org', 443), address).toBeDefined()
    }
  })

  test('a host with its port, wherever it leads, and none like it', () => {
    const admitting = createAddressGuard(['agents.corp:8443', '[::1]:9400'])
    expect(admitting.refuse('10.0.0.1', 'agents.corp', 8443)).toBeUndefined()
    expect(admitting.refuse('10.0.0.1', 'AGENTS.corp', 8443)).toBeUndefined()
    expect(admitting.refuse('::1', '::1', 9400)).toBeUndefined()
    for (const [host, port] of [
      ['agents.corp', 443],
      ['agents.corp.', 8443],
      ['x.agents.corp', 8443],
      ['corp', 8443],
    ] as const) {
      expect(admitting.refuse('10.0.0.1', host, port), host).toBeDefined()
    }
    expect(admitting.refuse('::1', '::1', 9401)).toBeDefined()
  })
})

test.each([
  'agents.corp:1',
  'localhost:65535',
  '127.0.0.1:9400',
  '[::1]:80',
  '10.1.0.0/16',
  '127.0.0.1/32',
  'fd00::/8',
])('%s can be admitted', (entry) => expect(isAllowEntry(entry)).toBe(true))

test.each([
  '',
  'agents.corp',
  'agents.corp.:80',
  'Agents.corp:80',
  'agents.corp:0',
  'agents.corp:080',
  'agents.corp:65536',
  'https://agents.corp:443',
  'user@agents.corp:80',
  'a b:80',
  '*.corp:80',
  '127.1:80',
  '127.0.0.1',
  '[0::1]:80',
  '::1',
  '::1:80',
  '10.1.0.0/33',
  '10.1.0.0/',
  '10.1/16',
  'corp/16',
  'fd00::/129',
  'fe80::1%lo/64',
  '10.0.0.0/8/8',
])('%j cannot be admitted', (entry) => expect(isAllowEntry(entry)).toBe(false))
