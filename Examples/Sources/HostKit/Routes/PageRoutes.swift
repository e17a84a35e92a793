// The page, and the document of the routes.

import BuskerStorage
import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// Static files, read once when the host starts.
public struct WebFiles: Sendable {
    struct File: Sendable {
        let bytes: ByteBuffer
        let type: String
        let entityTag: String
    }

    let files: [String: File]

    /// No files: a host without a page.
    public static let none = WebFiles(files: [:])

    /// Reads folders with everything below them, at most 1,000 files of 4 MiB; of two files with one path, the later folder's.
    public init(folders: [String]) {
        var found: [String: File] = [:]
        for folder in folders {
            found.merge(Self.read(URL(fileURLWithPath: folder).resolvingSymlinksInPath().path)) { $1 }
        }
        files = found
    }

    private static func read(_ root: String) -> [String: File] {
        var found: [String: File] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: root) ?? .init() where found.count < 1_000
        {
            let hidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
            guard !hidden, let type = Self.types[(path as NSString).pathExtension.lowercased()],
                let data = FileManager.default.contents(atPath: "\(root)/\(path)"), data.count <= 4 << 20
            else { continue }
            let tag = SHA256.hash(data: data).prefix(12).map { String($0, radix: 16) }.joined()
            found[path] = File(bytes: ByteBuffer(bytes: data), type: type, entityTag: "\"\(tag)\"")
        }
        return found
    }

    private init(files: [String: File]) { self.files = files }

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "mjs": "text/javascript; charset=utf-8", "json": "application/json", "svg": "image/svg+xml",
        "png": "image/png", "ico": "image/x-icon", "webp": "image/webp", "woff2": "font/woff2",
        "txt": "text/plain; charset=utf-8", "webmanifest": "application/manifest+json",
    ]

    func answer(_ path: String, _ request: HostRequest) throws -> Response {
        guard let file = files[path] else { throw Problem.notFound }
        var headers: HTTPFields = [.contentType: file.type, .eTag: file.entityTag, .cacheControl: "no-cache"]
        if request.request.headers[.ifNoneMatch] == file.entityTag {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
    }
}

/// The routes of the page.
struct PageRoutes {
    let page: WebFiles

    var routes: [Route] {
        [
            Route(
                .get, "/", "page", "The page.", tag: "page", access: .everybody,
                answers: [200: .bytes("The page.", "text/html"), 304: .nothing("It is what is known.")], refuses: [404]
            ) { [page] request in try page.answer("index.html", request) },
            Route(
                .get, "/assets/{path*}", "asset", "A file of the page.", tag: "page", access: .everybody,
                answers: [200: .bytes("The file.", "*/*"), 304: .nothing("It is what is known.")]
            ) { [page] request in
                try page.answer(request.values["path"]?.removingPercentEncoding ?? "", request)
            },
        ]
    }
}
