// An open file or folder, and the calls that reach others only through it.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An open file or folder, closed when nobody holds it; every name is one segment, and no symbolic link is followed.
///
/// All calls may block and run on the threads of ``FileThreads`` only.
final class Descriptor: Sendable {
    let number: Int32

    private init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens the folder of a store by its path, which the host chose.
    static func open(root path: String) throws(StorageError) -> Descriptor {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw StorageError(.badAddress, "The store has no folder.") }
        let number = again { Self.system(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard number >= 0 else {
            throw StorageError(
                .unavailable, "The folder of the store cannot be opened (\(systemText())); is its disk mounted?")
        }
        return Descriptor(number)
    }

    /// Opens a folder in this one; nothing when there is none.
    func folder(_ name: String) throws(StorageError) -> Descriptor? {
        try open(name, O_RDONLY | O_DIRECTORY)
    }

    /// Opens a file in this folder for reading; nothing when there is none.
    func file(_ name: String) throws(StorageError) -> Descriptor? {
        guard let file = try open(name, O_RDONLY | O_NONBLOCK) else { return nil }
        _ = try file.size()
        return file
    }

    /// Makes a file in this folder that nobody else has.
    func makeFile(_ name: String) throws(StorageError) -> Descriptor {
        guard let file = try open(name, O_WRONLY | O_CREAT | O_EXCL) else {
            throw StorageError(.unavailable, "A folder of the store has gone; is its disk mounted?")
        }
        return file
    }

    /// Makes a folder in this one; false when there is one already.
    @discardableResult
    func makeFolder(_ name: String) throws(StorageError) -> Bool {
        if unsafe mkdirat(number, name, 0o700) == 0 { return true }
        guard errno == EEXIST else { throw StorageError(system: errno, "make a folder") }
        return false
    }

    /// The bytes of a file; only regular files have some.
    func size() throws(StorageError) -> Int64 {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw StorageError(system: errno, "look at a file") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(.badAnswer, "Something that is no file lies where an object should be.")
        }
        return Int64(status.st_size)
    }

    /// Reads bytes; fewer only at the end of the file.
    func read(at offset: Int64, count: Int) throws(StorageError) -> [UInt8] {
        var failed: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let base = buffer.baseAddress {
                let got = unsafe pread(number, base + filled, count - filled, off_t(offset) + off_t(filled))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    failed = errno
                    return
                }
            }
        }
        guard failed == 0 else { throw StorageError(system: failed, "read a file") }
        return bytes
    }

    /// Writes bytes at a place.
    func write(_ bytes: [UInt8], at offset: Int64) throws(StorageError) {
        let failed = unsafe bytes.withUnsafeBytes { buffer -> Int32 in
            var done = 0
            while done < buffer.count, let base = buffer.baseAddress {
                let put = unsafe pwrite(number, base + done, buffer.count - done, off_t(offset) + off_t(done))
                if put > 0 { done += put } else if put == 0 { return ENOSPC } else if errno != EINTR { return errno }
            }
            return 0
        }
        guard failed == 0 else { throw StorageError(system: failed, "write a file") }
    }

    /// Waits until the file or folder is on the disk.
    func sync() throws(StorageError) {
        #if canImport(Darwin)
        let status = fcntl(number, F_FULLFSYNC)
        #else
        let status = Self.again { fsync(number) }
        #endif
        guard status == 0 else { throw StorageError(system: errno, "wait for the disk") }
    }

    /// What became of a name.
    enum Outcome {
        case done
        /// There is something of the new name, or something in the folder.
        case occupied
        /// There is nothing of the old name, or the folder of the new one has gone.
        case gone
    }

    /// Gives a file a second name, which nothing may have.
    func link(_ name: String, into folder: Descriptor, as newName: String) throws(StorageError) -> Outcome {
        try outcome(unsafe linkat(number, name, folder.number, newName, 0), "link a file")
    }

    /// Gives a file another name, taking it from what has it.
    func rename(_ name: String, into folder: Descriptor, as newName: String) throws(StorageError) -> Outcome {
        try outcome(unsafe renameat(number, name, folder.number, newName), "rename a file")
    }

    /// Takes a file or an empty folder away.
    @discardableResult
    func remove(_ name: String, isFolder: Bool = false) throws(StorageError) -> Outcome {
        try outcome(unsafe unlinkat(number, name, isFolder ? AT_REMOVEDIR : 0), "remove a file")
    }

    /// Waits until nobody else holds this file, or only others who share it, and holds it until it is closed.
    func lock(shared: Bool) throws(StorageError) {
        guard Self.again({ flock(number, shared ? LOCK_SH : LOCK_EX) }) == 0 else {
            throw StorageError(system: errno, "lock a file")
        }
    }

    /// Opens a file that exists for no other reason than being locked.
    func lockFile(_ name: String) throws(StorageError) -> Descriptor {
        guard let file = try open(name, O_RDWR | O_CREAT) else {
            throw StorageError(.unavailable, "The folder of locks has gone; is the disk mounted?")
        }
        return file
    }

    /// The bytes that are free for us; nothing when the system does not say.
    func freeBytes() -> Int64? {
        var status = statvfs()
        guard unsafe fstatvfs(number, &status) == 0 else { return nil }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
    }

    /// Hands on every name in this folder, in no order.
    func eachName(_ take: (String) throws(StorageError) -> Void) throws(StorageError) {
        guard let copy = try folder(".") else { return }
        let own = fcntl(copy.number, F_DUPFD_CLOEXEC, 0)
        guard own >= 0, let stream = unsafe fdopendir(own) else {
            let failed = errno
            if own >= 0 { close(own) }
            throw StorageError(system: failed, "list a folder")
        }
        defer { unsafe closedir(stream) }
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { try take(name) }
        }
        guard errno == 0 else { throw StorageError(system: errno, "list a folder") }
    }

    private func open(_ name: String, _ flags: Int32) throws(StorageError) -> Descriptor? {
        let opened = Self.again { unsafe openat(number, name, flags | O_NOFOLLOW | O_CLOEXEC, 0o600) }
        if opened >= 0 { return Descriptor(opened) }
        guard errno != ENOENT else { return nil }
        throw StorageError(system: errno, "open a file")
    }

    private func outcome(_ status: Int32, _ doing: String) throws(StorageError) -> Outcome {
        if status == 0 { return .done }
        switch errno {
        case EEXIST, ENOTEMPTY: return .occupied
        case ENOENT: return .gone
        default: throw StorageError(system: errno, doing)
        }
    }

    private static func system(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Glibc)
        unsafe Glibc.open(path, flags)
        #else
        unsafe Darwin.open(path, flags)
        #endif
    }

    /// Repeats a call that a signal interrupted.
    private static func again(_ call: () -> Int32) -> Int32 {
        while true {
            let status = call()
            if status >= 0 || errno != EINTR { return status }
        }
    }
}

/// What the system says of its last failure.
private func systemText(_ number: Int32 = errno) -> String { unsafe String(cString: strerror(number)) }

extension StorageError {
    /// Says what a failed call of the system means.
    init(system number: Int32, _ doing: String) {
        let text = systemText(number)
        switch number {
        case ENOSPC, EDQUOT: self.init(.noSpace, "The disk is full; it could not \(doing).")
        case EACCES, EPERM, EROFS: self.init(.forbidden, "The system does not allow to \(doing): \(text).")
        case ELOOP, ENOTDIR, EISDIR:
            self.init(.badAnswer, "Something foreign lies in the folder of the store; it could not \(doing): \(text).")
        case EMFILE, ENFILE, ENOMEM:
            self.init(.unavailable, "The system has too little left to \(doing): \(text); try again.")
        default: self.init(.unavailable, "The disk could not \(doing): \(text).")
        }
    }
}
