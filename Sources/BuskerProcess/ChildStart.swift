// From a command to a program that runs.

import CBuskerChild

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Gives a command to the C core of this room.
enum ChildStart {
    /// - Throws: ``ProcessError`` with `notStarted`, naming the system's reason.
    static func start(_ command: ProcessCommand) throws(ProcessError) -> busker_child {
        let arguments = TextList([command.program] + command.arguments)
        let environment = TextList(command.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        var child = busker_child()
        let limits = command.limits
        let status = unsafe command.folder.withCString { folder in
            var plan = unsafe busker_child_plan(
                arguments: arguments.pointer, environment: environment.pointer, folder: folder,
                processor_seconds: limits.processorSeconds, memory_bytes: limits.memoryBytes,
                file_bytes: limits.fileBytes, open_files: limits.openFiles)
            return unsafe busker_child_start(&plan, &child)
        }
        guard status == 0 else {
            throw ProcessError(
                .notStarted, "The program was not started (system error \(status)); is it there, and its folder?")
        }
        return child
    }
}

/// Texts as C wants them: pointers to bytes that end with 0, ended by a null pointer.
@safe private struct TextList: ~Copyable {
    @unsafe let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        unsafe pointer = .allocate(capacity: texts.count + 1)
        for (at, text) in texts.enumerated() {
            unsafe (pointer + at).initialize(to: strdup(text))
        }
        unsafe (pointer + texts.count).initialize(to: nil)
    }

    deinit {
        for at in 0..<count { unsafe free(pointer[at]) }
        unsafe pointer.deallocate()
    }
}
