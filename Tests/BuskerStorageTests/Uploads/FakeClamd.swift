// A daemon that speaks clamd's INSTREAM over a real socket, as well or as badly as a test wants.

import BuskerStorage
import Foundation
import Synchronization

/// How the daemon behaves.
enum ClamdNature: Sendable {
    /// Finds what contains `EICAR`, keeps to a limit of bytes.
    case good(streamMax: Int)
    /// Answers with other words, or with none and hangs up.
    case says(String)
    /// Hangs up after the first bytes.
    case dies
    /// Never answers.
    case silent
    /// Answers for ever.
    case babbles
}

/// The daemon, which serves connections until it is stopped.
@safe final class FakeClamd: Sendable {
    let path: String
    private let nature: ClamdNature
    private let listener: CInt
    private let commands = Mutex<[String]>([])

    init(_ nature: ClamdNature, folder: String) throws {
        self.nature = nature
        path = folder + "/clamd.sock"
        listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            for (at, byte) in path.utf8.enumerated() { unsafe field[at] = byte }
        }
        let number = listener
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(number, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0, listen(listener, 8) == 0 else { throw CocoaError(.fileWriteUnknown) }
        Thread.detachNewThread { [self] in
            while true {
                let line = accept(number, nil, nil)
                guard line >= 0 else { return }
                Thread.detachNewThread { [self] in
                    serve(line)
                    close(line)
                }
            }
        }
    }

    /// What clients asked for.
    var asked: [String] { commands.withLock { $0 } }

    func stop() {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ line: CInt) {
        guard let command = read(line, 10) else { return }
        commands.withLock { $0.append(String(decoding: command.dropLast(), as: UTF8.self)) }
        if case .dies = nature { return }
        var content: [UInt8] = []
        while let length = read(line, 4) {
            let count = length.reduce(0) { $0 << 8 | Int($1) }
            if count == 0 { break }
            guard let chunk = read(line, count) else { return }
            content += chunk
            if case .good(let most) = nature, content.count > most {
                say("INSTREAM size limit exceeded. ERROR\0", to: line)
                return
            }
        }
        switch nature {
        case .good:
            let isBad = content.firstRange(of: Array("EICAR".utf8)) != nil
            say(isBad ? "stream: Eicar-Test-Signature FOUND\0" : "stream: OK\0", to: line)
        case .says(let words): say(words, to: line)
        case .silent: _ = read(line, 1)
        case .babbles: while say(String(repeating: "stream: OK ", count: 100), to: line) {}
        case .dies: break
        }
    }

    private func read(_ line: CInt, _ count: Int) -> [UInt8]? {
        var all: [UInt8] = []
        while all.count < count {
            var buffer = [UInt8](repeating: 0, count: min(count - all.count, 1 << 16))
            let got = unsafe recv(line, &buffer, buffer.count, 0)
            guard got > 0 else { return nil }
            all += buffer[..<got]
        }
        return all
    }

    @discardableResult
    private func say(_ words: String, to line: CInt) -> Bool {
        let bytes = Array(words.utf8)
        return unsafe send(line, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count
    }
}
