import { accepts, inter, leafFields, refuses } from "../support/device-verdict.ts"
import { altNames, dn, dns, ip, mint, oid, seq, tlv } from "../support/mint.ts"

const uri = (text: string) => tlv(0x86, Buffer.from(text))
const mail = (text: string) => tlv(0x81, Buffer.from(text))
const chainOf = (subject: Buffer, ...extensions: Buffer[]) => [mint({ ...leafFields, subject, extensions }), inter]
const named = (...names: Buffer[]) => chainOf(dn("common.test"), altNames(...names))
const common = (...names: string[]) =>
    chainOf(seq(...names.map(name => tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0c, Buffer.from(name)))))))

const V6 = ip(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34)
const MAPPED = ip(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1)

type Row = [rule: string, server: string, chain: Buffer[]]

const MATCHES: Row[] = [
    ["a DNS name", "a.test", named(dns("a.test"))],
    ["any of several", "b.test", named(dns("a.test"), dns("b.test"))],
    ["upper case in the URL", "A.TEST", named(dns("a.test"))],
    ["upper case in the certificate", "a.test", named(dns("A.Test"))],
    ["a wildcard for the first label", "x.a.test", named(dns("*.a.test"))],
    ["a wildcard before a single label: it is not asked for more", "a.test", named(dns("*.test"))],
    ["a wildcard without regard to case", "x.A.test", named(dns("*.a.TEST"))],
    ["an IPv4 address", "192.0.2.7", named(ip(192, 0, 2, 7))],
    ["an IPv6 address, however it is written", "2001:DB8::1234", named(V6)],
    ["an IPv6 address in full", "2001:0db8:0:0:0:0:0:1234", named(V6)],
    ["an IPv4 address within IPv6", "::ffff:127.0.0.1", named(MAPPED)],
    ["an address written as a DNS name", "192.0.2.7", named(dns("192.0.2.7"))],
    ["a URI that is the bare name", "a.test", named(uri("a.test"))],
    ["the common name where there are no alternative names", "a.test", common("a.test")],
    ["any of several common names", "b.test", common("a.test", "b.test")],
    ["a wildcard common name", "x.a.test", common("*.a.test")],
]

const MISMATCHES: Row[] = [
    ["another name", "b.test", named(dns("a.test"))],
    ["a name that only begins alike", "a.test", named(dns("a.test.example"))],
    ["a name that only ends alike", "a.test", named(dns("not-a.test"))],
    ["a dot behind the name in the URL", "a.test.", named(dns("a.test"))],
    ["a wildcard for two labels", "x.y.a.test", named(dns("*.a.test"))],
    ["a wildcard for no label", "a.test", named(dns("*.a.test"))],
    ["a wildcard for an empty label", ".a.test", named(dns("*.a.test"))],
    ["a wildcard for part of a label", "xy.a.test", named(dns("x*.a.test"))],
    ["a lone star", "a", named(dns("*"))],
    ["a wildcard before nothing", "a.", named(dns("*."))],
    ["a wildcard in the second label", "x.y.test", named(dns("x.*.test"))],
    ["a common name beside any alternative name", "common.test", named(mail("a@a.test"))],
    ["a common name beside empty alternative names", "common.test", named()],
    ["a NUL in the certificate's name", "a.test", named(dns("a.test\0.evil.example"))],
    ["another IPv4 address", "192.0.2.8", named(ip(192, 0, 2, 7))],
    ["an IPv4 address for its IPv6 form", "127.0.0.1", named(MAPPED)],
    ["a zone behind an IPv6 address", "2001:db8::1234%1", named(V6)],
    ["a URI with more than the name", "a.test", named(uri("https://a.test"))],
    ["a mail address", "a@a.test", named(mail("a@a.test"))],
    ["no name at all", "a.test", chainOf(seq())],
    ["an empty server name", "", named(dns("a.test"))],
]

describe("certs/device accepts a certificate for the server by", () => {
    for (const [rule, name, chain] of MATCHES) {
        it(`${rule}: ${name}`, () => accepts(chain, { name }))
    }

    it("a name of 255 bytes, but not of 256", () => {
        const name = `${"a".repeat(63)}.`.repeat(3) + "a".repeat(63)
        accepts(named(dns(name)), { name })
        refuses(named(dns(`${name}a`)), "-0x7100", 0, { name: `${name}a` })
    })
})

describe("certs/device does not accept a certificate for the server by", () => {
    for (const [rule, name, chain] of MISMATCHES) {
        it(`${rule}: ${name}`, () => refuses(chain, "-0x2700", 0x4, { name }))
    }
})
