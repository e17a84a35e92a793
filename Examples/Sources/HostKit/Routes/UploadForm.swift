// A form with a file in it, taken in while it arrives.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import Hummingbird

/// What a form held.
struct UploadForm {
    /// The file, taken in.
    let file: FileRecord
    /// The other fields.
    let fields: [String: String]

    /// Reads a form; its file goes to the desk piece by piece.
    ///
    /// - Throws: ``Problem``, `MultipartError` or `StorageError`; nothing of the file is kept then.
    static func read(
        _ request: HostRequest, to desk: UploadDesk, _ make: @escaping @Sendable (MultipartPart) -> UploadRequest
    ) async throws -> UploadForm {
        let reader = try MultipartReader(contentType: request.request.headers[.contentType])
        var taking: Taking?
        var fields: [String: [UInt8]] = [:]
        var place = Place.other
        do {
            try await reader.read(request.stream) { event in
                switch event {
                case .part(let part) where part.name == "file":
                    guard taking == nil else { throw Problem(422, "bad_form", "The form has more than one file.") }
                    place = .file
                    taking = Taking(desk, make(part))
                case .part(let part):
                    place = part.fileName == nil ? .field(part.name) : .other
                    if case .field(let name) = place { fields[name] = [] }
                case .bytes(let bytes):
                    switch place {
                    case .file: try await taking?.send(bytes)
                    case .field(let name): fields[name]? += bytes
                    case .other: throw Problem(422, "bad_form", "The form has a file that is not called file.")
                    }
                case .partEnd: if case .file = place { taking?.finish() }
                }
            }
        } catch {
            await taking?.giveUp(error)
            throw error
        }
        guard let file = try await taking?.file() else { throw Problem(422, "no_file") }
        return UploadForm(file: file, fields: fields.mapValues { String(decoding: $0, as: UTF8.self) })
    }

    /// What the bytes that come belong to.
    private enum Place {
        case file
        case field(String)
        case other
    }

    /// A file on its way to the desk.
    private struct Taking {
        let pipe = PiecePipe()
        let task: Task<FileRecord, any Error>

        init(_ desk: UploadDesk, _ request: UploadRequest) {
            let pipe = pipe
            task = Task {
                defer { pipe.close() }
                return try await desk.upload(request, pipe.body)
            }
        }

        func send(_ bytes: [UInt8]) async throws {
            do {
                try await pipe.send(bytes)
            } catch is PiecePipe.Closed {
                // Why nobody reads any more is what the desk says.
                _ = try await task.value
            }
        }

        func finish() { pipe.finish() }

        func file() async throws -> FileRecord { try await task.value }

        func giveUp(_ error: any Error) async {
            pipe.finish(throwing: error)
            task.cancel()
            _ = await task.result
        }
    }
}
