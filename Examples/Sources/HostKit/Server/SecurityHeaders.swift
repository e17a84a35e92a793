// What browsers are told to keep to.

import HTTPTypes
import Hummingbird

/// Headers that every answer has.
enum SecurityHeaders {
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
        connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
        """

    static func add(to response: inout Response, isSecure: Bool) {
        for (name, value) in fields { response.headers[name] = value }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    }

    private static let fields: [(HTTPField.Name, String)] = [
        (.contentSecurityPolicy, policy), (.xContentTypeOptions, "nosniff"), (.known("Referrer-Policy"), "no-referrer"),
        (.known("X-Frame-Options"), "DENY"), (.known("Cross-Origin-Opener-Policy"), "same-origin"),
        (.known("Cross-Origin-Resource-Policy"), "same-origin"),
    ]
}

/// Pages of other origins, as far as the operator names them.
enum CrossOrigin {
    private static let allowed = """
        Authorization, Content-Type, Accept-Language, Idempotency-Key, Range, If-None-Match, X-File-Name, X-Request-Id, \
        Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Checksum, Upload-Defer-Length
        """
    private static let exposed = """
        Content-Disposition, Content-Range, ETag, Location, Retry-After, X-Request-Id, Tus-Resumable, Tus-Version, \
        Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, Upload-Expires
        """

    /// The answer to a browser that asks before it asks; nothing for other requests.
    static func preflight(_ request: Request, _ origins: Set<String>) -> Response? {
        guard request.method == .options, let origin = request.headers[.origin], origins.contains(origin),
            request.headers[.accessControlRequestMethod] != nil
        else { return nil }
        var response = Response.empty(204)
        response.headers[.accessControlAllowMethods] = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
        response.headers[.accessControlAllowHeaders] = allowed
        response.headers[.accessControlMaxAge] = "600"
        return response
    }

    static func allow(_ origin: String, _ response: inout Response) {
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = exposed
        response.headers[.vary] = "Origin"
        response.headers[.known("Cross-Origin-Resource-Policy")] = "cross-origin"
    }
}
