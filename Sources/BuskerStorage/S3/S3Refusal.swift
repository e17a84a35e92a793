// Refusals of a store as errors of the room.

import BuskerHTTP
import HTTPTypes

extension S3Reply {
    /// The answer, when the store did what was asked.
    func granted() throws(StorageError) -> S3Reply {
        guard let failure else { return self }
        throw error(failure)
    }

    /// What a refusal means.
    ///
    /// That an object is not there is believed only when the store names the object: a 404 of something in between, or of a
    /// bucket that is not there, is no absence.
    private func error(_ failure: S3Failure) -> StorageError {
        if let region = self["x-amz-bucket-region"] ?? failure.region, Self.isRegion(region),
            failure.status == 301 || failure.code == "AuthorizationHeaderMalformed"
                || failure.code == nil
                    && failure.status == 400
        {
            return StorageError(.wrongRegion, "The bucket lies in the region \(region); sign requests for it.")
        }
        if (300..<400).contains(failure.status), failure.status != 304 {
            return StorageError(.badAddress, "The store answered \(failure.status): it is found at another address.")
        }
        guard failure.status == 404 else { return failure.error }
        switch failure.code {
        case "NoSuchBucket": return StorageError(.badAddress, "The store has no such bucket.")
        case nil:
            return StorageError(.badAnswer, "The answer 404 is none of a store; is there something between it and us?")
        default: return failure.error
        }
    }

    /// Letters, digits and `-`, so that nothing else of an answer gets into a sentence.
    private static func isRegion(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { PercentEncoding.isUnreserved($0) && $0 != UInt8(ascii: "~") }
    }
}

extension StorageError {
    /// What it means that no answer came.
    init(exchange error: HTTPError) {
        switch error.code {
        case .cancelled: self = .cancellation
        case .untrusted: self.init(.badAddress, "The store's certificate is not trusted.")
        case .badRequest: self.init(.badRequest, error.detail)
        case .malformedResponse, .bodyTooLarge: self.init(.badAnswer, "The store's answer is too large, or no HTTP.")
        case .unreachable: self.init(.unavailable, "No connection to the store was made.")
        default: self.init(.unavailable, "The store did not answer to the end; it may have done what was asked.")
        }
    }
}
