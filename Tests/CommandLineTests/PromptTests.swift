import Foundation
import Machine
import TestSupport
import Testing

/// A hidden prompt on a real terminal: Python's pty stands for it.
@Suite(.timeLimit(.minutes(2))) struct `A hidden prompt` {
    let folder = TemporaryFolder()

    /// Types at `kopnik key set captcha-secret` and prints what came of it: `echo` before and after, the code, and what was shown.
    private static let script = """
        import os, pty, select, subprocess, sys, termios, time
        program, typed = sys.argv[1], sys.argv[2].encode().decode("unicode_escape").encode()
        master, slave = pty.openpty()
        def begin():
            os.setsid()
            import fcntl
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        child = subprocess.Popen([program, "key", "set", "captcha-secret"], stdin=slave, stdout=slave, stderr=slave, preexec_fn=begin)
        echoes = lambda: bool(termios.tcgetattr(slave)[3] & termios.ECHO)
        deadline = time.monotonic() + 20
        while echoes() and time.monotonic() < deadline:
            time.sleep(0.01)
        hidden = not echoes()
        time.sleep(0.2)
        os.write(master, typed)
        code = child.wait(20)
        shown = b""
        while select.select([master], [], [], 0.2)[0]:
            shown += os.read(master, 4096)
        print("hidden" if hidden else "shown", "echo" if echoes() else "silent", code, "leak" if b"geheim" in shown else "secret")
        """

    private func type(_ text: String) async throws -> String {
        let tests = try #require(Files().link(at: "/proc/self/exe"))
        let program = (tests as NSString).deletingLastPathComponent + "/kopnik"
        let output = try await LocalCommandRunner().run(
            Command(
                "python3", ["-c", Self.script, program, text],
                environment: [
                    "HOME": folder.path, "XDG_DATA_HOME": folder.path, "KOPNIK_PREFIX": folder.path + "/site",
                ],
                folder: folder.path, timeLimit: .seconds(60)))
        #expect(output.succeeded, "\(output)")
        return output.text
    }

    @Test func `takes what is typed and shows none of it`() async throws {
        #expect(try await type("geheim-geheim\\n") == "hidden echo 0 secret")
        let kept = try FileManager.default.subpathsOfDirectory(atPath: folder.path).first {
            $0.hasSuffix("keys/captcha-secret")
        }
        #expect(Files().text(of: "\(folder.path)/\(try #require(kept))") == "geheim-geheim")
    }

    @Test func `that is left by Ctrl-C leaves a terminal that echoes`() async throws {
        #expect(try await type("geheim\\x03") == "hidden echo 130 secret")
    }
}
