// What a certificate's extensions allow its key to do.

import SwiftASN1

/// The extensions that decide about trust (RFC 5280, section 4.2).
struct CertificateExtensions: Sendable {
    /// Whether the key belongs to an authority.
    private(set) var isAuthority = false
    /// How many authorities may follow below.
    private(set) var pathLengthMax: Int?
    /// Whether the key may sign certificates.
    private(set) var maySignCertificates = true
    /// Whether the key may sign messages.
    private(set) var maySignMessages = true
    /// The host names.
    private(set) var hosts: [String] = []
    /// Whether there is something critical that this room does not understand.
    private(set) var hasUnknownCritical = false

    /// Reads the list of extensions.
    mutating func read(_ node: ASN1Node) throws {
        try DER.sequence(node, identifier: .sequence) { nodes in
            while let node = nodes.next() {
                try DER.sequence(node, identifier: .sequence) { parts in try readOne(&parts) }
            }
        }
    }

    private mutating func readOne(_ parts: inout ASN1NodeCollection.Iterator) throws {
        let kind = try ASN1ObjectIdentifier(derEncoded: &parts)
        let isCritical = try DER.decodeDefault(&parts, defaultValue: false)
        let value = Array(try ASN1OctetString(derEncoded: &parts).bytes)
        switch kind {
        case [2, 5, 29, 19]: try readConstraints(try DER.parse(value))
        case [2, 5, 29, 15]: try readUsage(try ASN1BitString(derEncoded: value))
        case [2, 5, 29, 17]: try readNames(try DER.parse(value))
        case [2, 5, 29, 37]: break
        default: hasUnknownCritical = hasUnknownCritical || isCritical
        }
    }

    private mutating func readConstraints(_ node: ASN1Node) throws {
        let found = try DER.sequence(node, identifier: .sequence) { parts in
            let isAuthority = try DER.decodeDefault(&parts, defaultValue: false)
            let length = try parts.next().map { try Int(derEncoded: $0) }
            return (isAuthority, length)
        }
        (isAuthority, pathLengthMax) = found
    }

    private mutating func readUsage(_ bits: ASN1BitString) throws {
        let first = bits.bytes.first ?? 0
        maySignMessages = first & 0x80 != 0
        maySignCertificates = first & 0x04 != 0
    }

    private mutating func readNames(_ node: ASN1Node) throws {
        let dns = ASN1Identifier(tagWithNumber: 2, tagClass: .contextSpecific)
        hosts = try DER.sequence(node, identifier: .sequence) { nodes in
            var hosts: [String] = []
            while let node = nodes.next() {
                guard node.identifier == dns, case .primitive(let bytes) = node.content else { continue }
                if let host = String(validating: bytes, as: UTF8.self) { hosts.append(host) }
            }
            return hosts
        }
    }
}
