// The first transaction: an event is kept before it is answered.

import BuskerCore
import BuskerDatabase

extension PaymentInbox {
    /// Keeps an event; answer the sender 2xx once this returns, then process the receipt.
    ///
    /// What waits shares its commit. An event of a type that is not known is kept and needs nothing more.
    ///
    /// - Parameters:
    ///   - event: what a verifier answered.
    ///   - rawBody: the bytes that were verified, for audit.
    /// - Throws: ``PaymentError`` with `wrongMode` or `unsupported` for an event that is not for this host, `badRequest` for one whose
    ///   names cannot be stored, `databaseFailed`: answer 5xx then, and the sender repeats it.
    public func receive<Trust>(_ event: VerifiedEvent<Trust>, rawBody: [UInt8]) async throws(PaymentError) -> Reception
    {
        let mode = try mode(of: event)
        _ = try gateway(event.provider, mode)
        let names = [event.id, event.type.name, event.subject?.kind, event.subject?.id].compactMap { $0 }
        guard names.allSatisfy({ InboxText.holds($0, bytesMax: WebhookLimits.nameBytesMax) }) else {
            throw PaymentError(.badRequest, "The event's id, type or subject is no name of at most 255 bytes.")
        }
        let now = clock.now
        let receipt = WebhookReceipt(
            id: ids.make(ReceiptKind.self), provider: event.provider, mode: mode, event: event.id, type: event.type,
            subject: event.subject, hasFullBody: Trust.self == FullBody.self, createdAt: event.createdAt,
            receivedAt: now, state: event.isKnownType ? .received : .ignored, attempts: 0, problem: nil, purchase: nil)
        let due = event.isKnownType ? now.advanced(by: .seconds(limits.graceSeconds)) : nil
        let reception = try await writing { tx in
            guard try !ReceiptStore.insert(receipt, body: rawBody, due: due, in: tx) else {
                return Reception(receipt: receipt.id, isDuplicate: false, isOpen: receipt.state == .received)
            }
            let condition: SQL =
                "provider = \(receipt.provider.name) AND mode = \(mode.rawValue) AND event = \(receipt.event)"
            guard let known = try ReceiptStore.find(condition, in: tx) else { throw PaymentError.noReceipt }
            return Reception(receipt: known.id, isDuplicate: true, isOpen: known.state == .received)
        }
        if !reception.isDuplicate { notice(.received(receipt)) }
        try pass(.received)
        return reception
    }

    /// The mode of an event; where it does not say, that of the only gateway of its provider.
    private func mode<Trust>(of event: VerifiedEvent<Trust>) throws(PaymentError) -> PaymentMode {
        if let mode = event.mode { return mode }
        let modes = gateways.keys.filter { $0.provider == event.provider }.map(\.mode)
        guard let mode = modes.first, modes.count == 1 else {
            throw PaymentError(
                modes.isEmpty ? .unsupported : .wrongMode,
                "The event does not say of which mode it is; tell its verifier.")
        }
        return mode
    }
}

/// What text may be stored as a name.
enum InboxText {
    static func holds(_ text: String, bytesMax: Int = InboxLimits.textBytesMax) -> Bool {
        let bytes = text.utf8
        return (1...bytesMax).contains(bytes.count) && !bytes.contains { $0 < 0x20 || $0 == 0x7F }
    }
}

extension PaymentError {
    static let noReceipt = PaymentError(.unknownReceipt, "There is no such receipt.")
}
