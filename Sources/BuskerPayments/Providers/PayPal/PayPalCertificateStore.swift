// Fetches the certificates of PayPal's webhooks.

public import BuskerCore
public import BuskerHTTP
import HTTPTypes
import Synchronization

/// Fetches PayPal's certificates and remembers them by address.
///
/// Only addresses that ``PayPalCertificateAddress`` allows can be asked for, no redirect is followed, and anybody may name one that
/// leads nowhere: so no more than 64 KiB are read in 10 seconds, four fetches run at once, an address that failed is left alone for
/// a minute, and 16 certificates are kept, each for a day.
public final class PayPalCertificateStore: PayPalCertificates {
    private struct State {
        var known: [String: (bytes: [UInt8], until: Timestamp)] = [:]
        var failed: [String: Timestamp] = [:]
        var flights: [String: Task<[UInt8], any Error>] = [:]
    }

    private static let knownMax = 16
    private static let failedMax = 256
    private static let flightsMax = 4

    private let transport: any HTTPTransport
    private let clock: any WallClock
    private let state = Mutex(State())

    /// Makes a store that asks through a transport.
    public init(transport: any HTTPTransport, clock: any WallClock) {
        self.transport = transport
        self.clock = clock
    }

    /// The certificate at an address, fetched when it is not known.
    ///
    /// - Throws: ``PaymentError`` with `unavailable`, `rateLimited` or `badAnswer`.
    public func certificate(at address: PayPalCertificateAddress) async throws -> [UInt8] {
        let now = clock.now
        let flight = try state.withLock { state throws(PaymentError) -> Task<[UInt8], any Error>? in
            if let known = state.known[address.url], now < known.until { return nil }
            if let flight = state.flights[address.url] { return flight }
            if let failed = state.failed[address.url], now < failed {
                throw PaymentError(.unavailable, "The address gave no certificate a moment ago.")
            }
            guard state.flights.count < Self.flightsMax else {
                throw PaymentError(.rateLimited, "Other certificates are being fetched; try again later.")
            }
            let flight = Task { try await self.land(address) }
            state.flights[address.url] = flight
            return flight
        }
        if let flight { return try await flight.value }
        let bytes = state.withLock { $0.known[address.url]?.bytes }
        guard let bytes else { throw PaymentError(.unavailable, "The certificate was forgotten; try again.") }
        return bytes
    }

    private func land(_ address: PayPalCertificateAddress) async throws -> [UInt8] {
        do {
            let bytes = try await fetch(address)
            let now = clock.now
            state.withLock { state in
                state.flights[address.url] = nil
                if state.known.count >= Self.knownMax,
                    let oldest = state.known.min(by: { $0.value.until < $1.value.until })
                {
                    state.known[oldest.key] = nil
                }
                state.known[address.url] = (bytes, now.advanced(by: .seconds(86_400)))
            }
            return bytes
        } catch {
            let now = clock.now
            state.withLock { state in
                state.flights[address.url] = nil
                state.failed = state.failed.filter { now < $0.value }
                if state.failed.count < Self.failedMax { state.failed[address.url] = now.advanced(by: .seconds(60)) }
            }
            throw error
        }
    }

    private func fetch(_ address: PayPalCertificateAddress) async throws(PaymentError) -> [UInt8] {
        let rest = address.url.dropFirst("https://".count)
        let authority = rest.prefix { $0 != "/" }
        let head = HTTPRequest(
            method: .get, scheme: "https", authority: String(authority), path: String(rest.dropFirst(authority.count)))
        let found: (status: Int, bytes: [UInt8])
        do {
            let answer = try await transport.send(HTTPCall(head, timeLimit: .seconds(10)))
            found = (answer.response.status.code, try await answer.body.collect(upTo: 1 << 16))
        } catch {
            throw PaymentError(error, at: .payPal)
        }
        guard found.status == 200 else {
            throw PaymentError(.badAnswer, "There is no certificate at the address.", status: found.status)
        }
        return found.bytes
    }
}
