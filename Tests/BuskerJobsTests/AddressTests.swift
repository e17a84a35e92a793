// Where webhooks may go, and where they may not.

import BuskerCore
import BuskerJobs
import Testing

@Suite struct AddressTests {
    /// The first and the last address of every range that is refused, and the ways in which one address hides in another.
    static let inside = [
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
        "192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.0", "192.88.99.255", "192.168.0.0",
        "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0",
        "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
        "::", "::1", "::7f00:1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe",
        "::ffff:0:0", "::FFFF:192.168.1.1", "64:ff9b::", "64:ff9b::8.8.8.8", "64:ff9b::ffff:ffff", "64:ff9b:1::",
        "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "100::", "100::ffff:ffff:ffff:ffff", "2001::", "2001:0:53aa:64c::1",
        "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2002::",
        "2002:7f00:1::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
        "5f00::", "5f00:ffff::1", "fc00::", "fd00:ec2::254", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::",
        "fe80::1", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]

    /// The addresses beside those ranges, and public ones.
    static let outside = [
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
        "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "8.8.8.8", "93.184.216.34",
        "::ffff:8.8.8.8", "::fffe:8.8.8.8", "::1:0:0:0", "64:ff9a:ffff::", "64:ff9b:2::", "100:0:0:1::", "2001:1::",
        "2001:4860:4860::8888", "2001:db7:ffff::", "2001:db9::", "2003::", "2606:2800:220:1:248:1893:25c8:1946",
        "3ffe:ffff::", "3fff:1000::", "5eff:ffff::", "5f01::", "fbff:ffff::", "fe00::", "fe7f:ffff::",
    ]

    @Test func whatLeadsInsideIsRefusedAndNothingElse() throws {
        let guardian = AddressGuard()
        for text in Self.inside { #expect(!guardian.permits(try #require(IPAddress(text), "\(text)")), "\(text)") }
        for text in Self.outside { #expect(guardian.permits(try #require(IPAddress(text), "\(text)")), "\(text)") }
    }

    @Test func oneBadAddressIsEnough() throws {
        let good = try #require(IPAddress("8.8.8.8"))
        let bad = try #require(IPAddress("10.0.0.1"))
        try AddressGuard().check([good])
        for list in [[], [bad], [good, bad], [bad, good]] {
            #expect(throws: JobError(.refusedAddress, "")) { try AddressGuard().check(list) }
        }
        let relay = AddressGuard(allowed: [try #require(AddressGuard.Block("10.0.0.0/30"))])
        try relay.check([good, bad])
        #expect(!relay.permits(try #require(IPAddress("10.0.0.4"))))
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.04", "0x7f.0.0.1", "127.1", "2130706433", " 1.2.3.4",
        "1.2.3.4 ", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1%eth0", "12345::", "g::",
        "1.2.3.4::",
        "::1.2.3", "1:2:3:4:5:6:7::8", "[::1]", "+1.2.3.4", "::+1",
    ])
    func whatIsNoAddressIsNone(text: String) { #expect(IPAddress(text) == nil) }

    @Test(arguments: [
        ("::1", "0:0:0:0:0:0:0:1"), ("1::", "1:0:0:0:0:0:0:0"), ("::ffff:1.2.3.4", "0:0:0:0:0:ffff:102:304"),
        ("2001:DB8::a:b", "2001:db8:0:0:0:0:a:b"), ("10.20.30.40", "10.20.30.40"),
    ])
    func addressesAreReadAndWritten(text: String, full: String) { #expect(IPAddress(text)?.description == full) }

    @Test(arguments: [
        "https://hooks.example.com", "https://hooks.example.com/", "https://hooks.example.com:8443/a/b?c=d&e=%20f",
        "HTTPS://Hooks.Example.COM/Path", "https://xn--bcher-kva.example/x", "https://a-b.example.com?x=1",
    ])
    func goodAddressesAreTaken(text: String) throws {
        let address = try WebhookAddress(text, rules: WebhookRules())
        #expect(address.scheme == "https" && address.path.hasPrefix("/") && address.host == address.host.lowercased())
        #expect(try WebhookAddress(address.description, rules: WebhookRules()) == address)
    }

    @Test(arguments: [
        "", "hooks.example.com", "ftp://hooks.example.com", "http://hooks.example.com", "https://", "https:///x",
        "https://user@hooks.example.com", "https://user:pass@hooks.example.com",
        "https://hooks.example.com@evil.example",
        "https://hooks.example.com:80", "https://hooks.example.com:22", "https://hooks.example.com:",
        "https://hooks.example.com:443x", "https://hooks.example.com:99999", "https://127.0.0.1", "https://8.8.8.8/x",
        "https://[::1]/x", "https://[2606:2800::1]/", "https://2130706433", "https://0x7f000001", "https://0177.0.0.1",
        "https://127.1", "https://a.0x7f", "https://localhost", "https://foo.localhost",
        "https://metadata.google.internal",
        "https://printer.local", "https://a..b.example", "https://-a.example.com", "https://a-.example.com",
        "https://example.com#x", "https://exa mple.com", "https://example.com\\@evil.example", "https://example.com\n",
        "https://ex\u{FF0E}ample.com", "https://example.com.", "https://[hooks.example.com]", "https://[::1",
        "https://h",
        "javascript://example.com", "https://1.2.3.4.5", "https://_a.example.com",
    ])
    func badAddressesAreRefused(text: String) {
        #expect(throws: JobError(.refusedAddress, "")) { try WebhookAddress(text, rules: WebhookRules()) }
    }

    @Test func whatIsAllowedByNumberIsTaken() throws {
        let block = try #require(AddressGuard.Block("127.0.0.0/8"))
        let six = try #require(AddressGuard.Block("::1/128"))
        let rules = WebhookRules(mayBePlain: true, addresses: AddressGuard(allowed: [block, six]))
        #expect(try WebhookAddress("http://127.0.0.1:8080/x", rules: rules).authority == "127.0.0.1:8080")
        #expect(try WebhookAddress("http://[::1]/x", rules: rules).authority == "[::1]")
        #expect(throws: JobError(.refusedAddress, "")) { try WebhookAddress("http://10.0.0.1/", rules: rules) }
        for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "x/8", "10.0.0.0/8/8", "::/129"] {
            #expect(AddressGuard.Block(text) == nil, "\(text)")
        }
    }
}
