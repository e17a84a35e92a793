// Turns a status of the C core into a typed error.

import CBuskerDSP

extension busker_status {
    /// Throws what the status says, with `work` naming what was being done.
    func check(_ work: @autoclosure () -> String) throws(AudioError) {
        guard self != BUSKER_OK else { return }
        let text = unsafe String(cString: busker_status_text(self))
        let code: AudioError.Code =
            switch self {
            case BUSKER_BAD_ARGUMENT, BUSKER_BAD_LENGTH: .badArgument
            case BUSKER_NO_MEMORY: .outOfMemory
            default: .coreFailed
            }
        throw AudioError(code, "\(work()): \(text).")
    }
}
