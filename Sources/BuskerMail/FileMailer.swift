// Mail into files, for development.

import BuskerCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes each mail as a file `mail_….eml` into a folder, where any mail program opens it; nothing leaves the machine.
public final class FileMailer: Mailer {
    private let folder: String
    private let threads = OwnThreads(threadsMax: 1, waitingMax: 1_000)

    /// Writes into a folder that exists.
    public init(folder: String) { self.folder = folder }

    /// Writes the file, whole or not at all; only its owner can read it, because it may hold links that log people in.
    public func send(_ mail: RenderedMail) async throws(MailError) {
        let path = "\(folder)/\(mail.id).eml"
        guard let isWritten = await threads.run({ Self.write(mail.bytes, to: path) }) else {
            throw MailError(.busy, "Too many mails wait to be written.")
        }
        guard isWritten else {
            throw MailError(.storage, "The mail could not be written; is the folder there, and is there room?")
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let part = path + ".part"
        let file = unsafe open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return false }
        let isWhole = unsafe bytes.withUnsafeBytes { bytes in
            var at = 0
            while at < bytes.count {
                let count = unsafe put(file, bytes.baseAddress?.advanced(by: at), bytes.count - at)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                at += count
            }
            return fsync(file) == 0
        }
        guard close(file) == 0, isWhole, unsafe rename(part, path) == 0 else {
            unsafe unlink(part)
            return false
        }
        return true
    }
}

/// The call of the system, whose name is taken inside of the class.
private func put(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { unsafe write(file, bytes, count) }
