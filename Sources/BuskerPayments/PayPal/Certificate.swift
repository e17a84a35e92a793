// The parts of an X.509 certificate that a signature depends on.

import BuskerCore
import Crypto
import CryptoExtras
import SwiftASN1

/// A certificate (RFC 5280) with an RSA key, as far as PayPal's signatures need it.
struct Certificate: Sendable {
    /// The bytes that the issuer signed.
    private let signedBytes: [UInt8]
    private let algorithm: ASN1ObjectIdentifier
    private let signature: [UInt8]
    private let keyInfo: [UInt8]
    /// The names as they are encoded.
    let issuer: [UInt8]
    let subject: [UInt8]
    /// The subject's common name.
    let commonName: String?
    private let notBefore: Timestamp
    private let notAfter: Timestamp
    let extensions: CertificateExtensions

    init(der: [UInt8]) throws {
        let outer = try DER.parse(der)
        let parts = try DER.sequence(outer, identifier: .sequence) {
            nodes -> (ASN1Node, ASN1Node, [UInt8]) in
            let body = try Self.next(&nodes)
            let algorithm = try Self.next(&nodes)
            let signature = try ASN1BitString(derEncoded: &nodes)
            guard signature.paddingBits == 0 else { throw ASN1Error.odd("a signature of odd bits") }
            return (body, algorithm, Array(signature.bytes))
        }
        signedBytes = Array(parts.0.encodedBytes)
        algorithm = try Self.algorithm(parts.1)
        signature = parts.2
        let body = try DER.sequence(parts.0, identifier: .sequence) { nodes in try Body(&nodes) }
        guard body.algorithm == Array(parts.1.encodedBytes) else { throw ASN1Error.odd("two algorithms") }
        issuer = body.issuer
        subject = body.subject
        commonName = body.commonName
        notBefore = body.notBefore
        notAfter = body.notAfter
        keyInfo = body.keyInfo
        extensions = body.extensions
    }

    /// Whether the certificate is valid at a moment; both ends belong to the time.
    func isValid(at now: Timestamp) -> Bool { notBefore <= now && now <= notAfter.advanced(byMicroseconds: 999_999) }

    /// Whether the holder of this certificate's key signed another certificate.
    func hasSigned(_ other: Certificate) -> Bool {
        guard extensions.isAuthority, extensions.maySignCertificates, let key = publicKey else { return false }
        let signature = _RSA.Signing.RSASignature(rawRepresentation: other.signature)
        switch other.algorithm {
        case .AlgorithmIdentifier.sha256WithRSAEncryption:
            return key.isValidSignature(
                signature, for: SHA256.hash(data: other.signedBytes), padding: .insecurePKCS1v1_5)
        case .AlgorithmIdentifier.sha384WithRSAEncryption:
            return key.isValidSignature(
                signature, for: SHA384.hash(data: other.signedBytes), padding: .insecurePKCS1v1_5)
        case .AlgorithmIdentifier.sha512WithRSAEncryption:
            return key.isValidSignature(
                signature, for: SHA512.hash(data: other.signedBytes), padding: .insecurePKCS1v1_5)
        default: return false
        }
    }

    /// Whether the holder of this certificate's key signed a message (RSA PKCS#1 v1.5, SHA-256).
    func hasSigned(_ message: [UInt8], as signature: [UInt8]) -> Bool {
        guard let key = publicKey else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: message),
            padding: .insecurePKCS1v1_5)
    }

    /// The key; nothing when it is none of RSA with at least 2,048 bits.
    private var publicKey: _RSA.Signing.PublicKey? { try? _RSA.Signing.PublicKey(derRepresentation: keyInfo) }
}

extension Certificate {
    /// What the issuer signed.
    private struct Body {
        let algorithm: [UInt8]
        let issuer: [UInt8]
        let subject: [UInt8]
        let commonName: String?
        let notBefore: Timestamp
        let notAfter: Timestamp
        let keyInfo: [UInt8]
        let extensions: CertificateExtensions

        init(_ nodes: inout ASN1NodeCollection.Iterator) throws {
            let version = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) {
                try Int(derEncoded: $0)
            }
            guard version == 2 else { throw ASN1Error.odd("a version other than 3") }
            _ = try Certificate.next(&nodes)
            algorithm = Array(try Certificate.next(&nodes).encodedBytes)
            issuer = Array(try Certificate.next(&nodes).encodedBytes)
            let dates = try DER.sequence(try Certificate.next(&nodes), identifier: .sequence) { dates in
                (
                    try Certificate.moment(try Certificate.next(&dates)),
                    try Certificate.moment(try Certificate.next(&dates))
                )
            }
            (notBefore, notAfter) = dates
            let name = try Certificate.next(&nodes)
            subject = Array(name.encodedBytes)
            commonName = try Certificate.commonName(name)
            keyInfo = Array(try Certificate.next(&nodes).encodedBytes)
            var extensions = CertificateExtensions()
            while let rest = nodes.next() {
                guard rest.identifier == ASN1Identifier(tagWithNumber: 3, tagClass: .contextSpecific) else { continue }
                try DER.explicitlyTagged(rest, tagNumber: 3, tagClass: .contextSpecific) { try extensions.read($0) }
            }
            self.extensions = extensions
        }
    }

    static func next(_ nodes: inout ASN1NodeCollection.Iterator) throws -> ASN1Node {
        guard let node = nodes.next() else { throw ASN1Error.odd("a part that is missing") }
        return node
    }

    private static func algorithm(_ node: ASN1Node) throws -> ASN1ObjectIdentifier {
        try DER.sequence(node, identifier: .sequence) { nodes in
            let name = try ASN1ObjectIdentifier(derEncoded: &nodes)
            while nodes.next() != nil {}
            return name
        }
    }

    private static func moment(_ node: ASN1Node) throws -> Timestamp {
        if node.identifier == .utcTime {
            let time = try UTCTime(derEncoded: node)
            return try moment([time.year, time.month, time.day, time.hours, time.minutes, time.seconds])
        }
        let time = try GeneralizedTime(derEncoded: node)
        return try moment([time.year, time.month, time.day, time.hours, time.minutes, time.seconds])
    }

    private static func moment(_ parts: [Int]) throws -> Timestamp {
        let texts = zip(parts, [4, 2, 2, 2, 2, 2]).map { part, width in
            String(repeating: "0", count: max(0, width - String(part).utf8.count)) + String(part)
        }
        return try Timestamp(iso8601: "\(texts[0])-\(texts[1])-\(texts[2])T\(texts[3]):\(texts[4]):\(texts[5])Z")
    }

    /// The last common name of a subject.
    private static func commonName(_ node: ASN1Node) throws -> String? {
        var found: String?
        try DER.sequence(node, identifier: .sequence) { sets in
            while let set = sets.next() {
                try DER.set(set, identifier: .set) { pairs in
                    while let pair = pairs.next() {
                        try DER.sequence(pair, identifier: .sequence) { parts in
                            let kind = try ASN1ObjectIdentifier(derEncoded: &parts)
                            let value = try Self.next(&parts)
                            guard kind == [2, 5, 4, 3], case .primitive(let bytes) = value.content else { return }
                            found = String(validating: bytes, as: UTF8.self)
                        }
                    }
                }
            }
        }
        return found
    }
}

extension ASN1Error {
    /// A certificate that has something this room does not read.
    static func odd(_ what: String) -> ASN1Error { .invalidASN1Object(reason: "the certificate has \(what)") }
}
