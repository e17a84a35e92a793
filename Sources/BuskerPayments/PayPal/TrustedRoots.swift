// Which authorities a host believes.

import BuskerCore
import SwiftASN1

/// The root certificates that a provider's certificate must lead to.
///
/// Give the machine's bundle, or better only the roots that the provider uses.
public struct TrustedRoots: Sendable {
    /// The most roots.
    public static let countMax = 1024

    private let roots: [Certificate]

    /// Reads roots in PEM; those that cannot be read, or are none of RSA, are passed over since they cannot help.
    ///
    /// - Throws: ``WebhookError`` with `certificateChain` when none can be read or there are too many.
    public init(pem: String) throws(WebhookError) {
        let documents: [PEMDocument]
        do {
            documents = try PEMDocument.parseMultiple(pemString: pem)
        } catch {
            throw WebhookError(.certificateChain, "The trusted roots are not PEM.")
        }
        guard documents.count <= Self.countMax else {
            throw WebhookError(.certificateChain, "There are more than \(Self.countMax) trusted roots.")
        }
        roots = documents.compactMap { try? Certificate(der: $0.derBytes) }
        guard !roots.isEmpty else { throw WebhookError(.certificateChain, "No trusted root can be read.") }
    }

    /// Refuses a certificate that leads to none of the roots.
    ///
    /// - Parameter others: certificates that may stand between.
    func check(_ leaf: Certificate, through others: [Certificate], at now: Timestamp) throws(WebhookError) {
        guard !leaf.extensions.isAuthority, leaf.extensions.maySignMessages, !leaf.extensions.hasUnknownCritical,
            leads(leaf, through: others[...], below: 0, at: now)
        else {
            throw WebhookError(.certificateChain, "The certificate leads to no trusted root.")
        }
    }

    /// Whether a certificate was signed by a root, or by one of the others that leads to a root.
    private func leads(
        _ certificate: Certificate, through others: ArraySlice<Certificate>, below: Int, at now: Timestamp
    )
        -> Bool
    {
        for root in roots where root.canHaveIssued(certificate, below: below, at: now) && root.hasSigned(certificate) {
            return true
        }
        for at in others.indices where others[at].canHaveIssued(certificate, below: below, at: now) {
            guard others[at].hasSigned(certificate) else { continue }
            var rest = others
            rest.remove(at: at)
            if leads(others[at], through: rest, below: below + 1, at: now) { return true }
        }
        return false
    }
}

extension Certificate {
    /// Whether names, dates and constraints allow this to be the issuer; the signature is checked apart.
    fileprivate func canHaveIssued(_ other: Certificate, below: Int, at now: Timestamp) -> Bool {
        subject == other.issuer && isValid(at: now) && extensions.isAuthority && !extensions.hasUnknownCritical
            && below <= extensions.pathLengthMax ?? .max
    }

    /// Certificates in PEM or one in DER; at most ``WebhookLimits/certificatesMax``.
    static func read(_ bytes: [UInt8]) throws(WebhookError) -> [Certificate] {
        guard bytes.count <= WebhookLimits.certificateBytesMax else {
            throw WebhookError(
                .certificateChain, "The certificate has more than \(WebhookLimits.certificateBytesMax) bytes.")
        }
        let documents = String(validating: bytes, as: UTF8.self)
            .flatMap { try? PEMDocument.parseMultiple(pemString: $0) }
        let encoded = documents.flatMap { $0.isEmpty ? nil : $0.map(\.derBytes) } ?? [bytes]
        guard encoded.count <= WebhookLimits.certificatesMax else {
            throw WebhookError(
                .certificateChain, "There are more than \(WebhookLimits.certificatesMax) certificates.")
        }
        do {
            return try encoded.map { try Certificate(der: $0) }
        } catch {
            throw WebhookError(.certificateChain, "The certificate cannot be read.")
        }
    }
}
