// What the errors of the network mean to whoever sent the request.

import AsyncHTTPClient
import BuskerHTTP
import NIOCore
import NIOHTTP1
import NIOSSL

enum ExchangeError {
    static let cancelled = HTTPError(.cancelled, "The task was cancelled, or nobody reads the answer any more.")

    /// The error in the transport's words.
    ///
    /// - Parameter wasSent: whether the other server may have seen the request.
    static func from(_ error: any Error, wasSent: Bool) -> HTTPError {
        switch error {
        case let error as HTTPError: error
        case is CancellationError: cancelled
        case let error as HTTPClientError: from(error, wasSent: wasSent)
        case HTTPParserError.invalidEOFState: lost(wasSent)
        case is HTTPParserError:
            HTTPError(.malformedResponse, "The other server's answer is no HTTP.")
        case is NIOSSLExtraError:
            HTTPError(.untrusted, "The other server's certificate is for another name.")
        case NIOSSLError.handshakeFailed(let reason) where "\(reason)".contains("CERTIFICATE_VERIFY_FAILED"):
            HTTPError(.untrusted, "The other server's certificate is not trusted.")
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate:
            HTTPError(.untrusted, "The other server's certificate is not trusted.")
        default: lost(wasSent)
        }
    }

    private static func from(_ error: HTTPClientError, wasSent: Bool) -> HTTPError {
        switch error {
        case .cancelled: cancelled
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            HTTPError(.timedOut, "The time limit passed before the last byte of the answer came.")
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout,
            .httpProxyHandshakeTimeout:
            HTTPError(.unreachable, "No connection to the other server was made in time.")
        case .alreadyShutdown:
            HTTPError(.badRequest, "The client is closed; make another one.")
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath, .invalidProxyResponse, .traceRequestWithBody,
            .bodyLengthMismatch, .writeAfterRequestSent:
            unfit
        default: "\(error)".contains("invalidHeader") ? unfit : lost(wasSent)
        }
    }

    private static var unfit: HTTPError {
        HTTPError(
            .badRequest,
            "The request cannot be sent as it is: its address, a header or the length of its body is wrong.")
    }

    private static func lost(_ wasSent: Bool) -> HTTPError {
        wasSent
            ? HTTPError(.interrupted, "The connection ended before the answer did.")
            : HTTPError(.unreachable, "No connection to the other server was made.")
    }
}
