// Addresses that carry their own signature.

import BuskerCore
import HTTPTypes

extension S3Store {
    /// Signs an address for whoever holds it; nothing is sent.
    ///
    /// What the store encrypts with is bound too, unless the options bind something else.
    public func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest {
        let method: HTTPRequest.Method
        var query: [QueryItem] = []
        var headers = HTTPFields()
        switch verb {
        case .get, .head:
            method = verb == .get ? .get : .head
            query = options.overrides.query
            for field in customersFields { headers.set(field.name, field.value) }
        case .delete: method = .delete
        case .put:
            method = .put
            var binding = options.binding
            if binding.encryption == nil { binding.encryption = settings.encryption }
            headers = try binding.headers()
        case .part(let upload, let number):
            method = .put
            try PartRules.check(number: number, size: 0)
            query = [QueryItem("partNumber", String(number)), QueryItem("uploadId", upload)]
            headers = try PresignBinding(exactLength: options.binding.exactLength, sha256: options.binding.sha256)
                .headers()
            for field in customersFields { headers.set(field.name, field.value) }
        }
        let request = try endpoint.request(method, bucket: bucket, key: key.text, query: query, headers: headers)
        return try signer.presign(request, expires: options.expires, at: exchange.now)
    }
}
