// The ground of the C core: statuses, loops, memory.

import CBuskerDSP
import Testing

@testable import BuskerAudio

@Suite struct CoreTests {
    @Test(arguments: [BUSKER_OK, BUSKER_BAD_ARGUMENT, BUSKER_BAD_LENGTH, BUSKER_NO_MEMORY, BUSKER_BAD_STATE])
    func everyStatusHasText(status: busker_status) {
        #expect(unsafe !String(cString: busker_status_text(status)).isEmpty)
    }

    @Test func loopsAreChosenByProcessor() {
        let name = unsafe String(cString: busker_instruction_set())
        #expect(["avx512", "avx2", "baseline"].contains(name))
    }
}
