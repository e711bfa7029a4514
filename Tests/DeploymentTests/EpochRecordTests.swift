import Standby
import Testing

@testable import Deployment

@Suite struct `The record of epochs` {
    @Test func `reads its marks, and nothing else`() {
        #expect(EpochRecord.Mark("2-standby") == EpochRecord.Mark(2, .standby))
        #expect(EpochRecord.Mark("11-main")?.text == "11-main")
        #expect(EpochRecord.Mark("102-restored") == EpochRecord.Mark(102, "restored"))
        for text in ["2", "standby-2", "2-third", "-2-main", "2-main-3", ""] { #expect(EpochRecord.Mark(text) == nil) }
    }

    @Test func `forbids an epoch that the other server has begun, or a later one`() {
        let own = EpochRecord.Mark(3, .standby)
        func contradiction(_ marks: EpochRecord.Mark...) -> EpochRecord.Mark? {
            EpochRecord.contradiction(to: own, among: marks + [own])
        }
        #expect(contradiction(.init(1, .main), .init(2, .main), .init(2, .standby)) == nil)
        #expect(contradiction(.init(3, .main)) == .init(3, .main))
        #expect(contradiction(.init(3, .main), .init(5, .main)) == .init(5, .main))
        // What it began itself and did not finish is its own; a later one, whoever began it, says that this one is over.
        #expect(contradiction(own) == nil)
        #expect(contradiction(.init(4, .standby)) == .init(4, .standby))
        #expect(contradiction(.init(102, "restored")) == .init(102, "restored"))
    }
}
